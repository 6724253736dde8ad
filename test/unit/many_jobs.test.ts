import { connectTo } from '../../lib/connect';
import { FakeBits, FakeJob, STATE } from '../support/fake_bits';

test('BITS_MANY_JOBS comes once in a process, and counts no jobs that have ended', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation();
  const service = new FakeBits();
  const bits = await connectTo(service.addon);
  const make = async (count: number) => {
    for (let i = 0; i < count; i++) await bits.createJob({ name: 'x' });
  };
  await make(30);
  for (const job of service.jobs) job.state = STATE.cancelled;
  await make(39);
  await bits.restore();
  await bits.download({ url: 'http://h/none', path: 'C:\\none' }).catch(() => undefined);
  expect(warn).not.toHaveBeenCalled();

  service.jobs.push(new FakeJob(service, 'x', 0));
  const other = await connectTo(service.addon);
  for (const each of [bits, other, bits]) await each.restore();
  expect(warn.mock.calls).toEqual([
    [expect.stringMatching(/^40 jobs/), { type: 'BitsWarning', code: 'BITS_MANY_JOBS' }],
  ]);
});
