import {
  BitsAccessError,
  BitsLimitError,
  BitsNotFoundError,
  BitsNotSupportedError,
  BitsStateError,
  BitsUnavailableError,
} from '../../../../lib';
import type { BitsManager } from '../../../../lib';
import { connectTo } from '../../../../lib/connect';
import { HOST } from '../../../../lib/host';
import { rejection } from '../../../support/outcome';
import { arrive, settled, StandIn, URL } from './stand_in';
import type { UserName } from './stand_in';

/* The library on a simulated service: what users see of the rules. */

const connect = (computer: StandIn, user: UserName = 'user'): Promise<BitsManager> =>
  connectTo(computer.connect(user).addon, { host: { ...HOST, clock: computer.clock, disk: computer.disk.host } });

const FILE = { url: URL, path: 'C:\\data\\app.zip' };

async function open(given: ConstructorParameters<typeof StandIn>[0] = {}) {
  const computer = new StandIn(given);
  const bits = await connect(computer);
  return { computer, bits };
}

test('a job from its making to its end', async () => {
  const { computer, bits } = await open();
  const job = await bits.createJob({ name: 'x', description: 'd', files: [FILE] });
  expect(await job.snapshot()).toMatchObject({
    state: 'suspended',
    type: 'download',
    priority: 'normal',
    errorCount: 0,
  });
  await job.resume();
  expect(await job.getState()).toBe('queued');
  const [state] = computer.state.jobs;
  arrive(computer, { id: job.id, handle: {} as never, state: state! });
  state!.state = 6;
  await job.complete();
  expect(computer.disk.files()).toEqual(['C:\\data\\app.zip']);
  expect(await rejection(bits.getJob(job.id))).toBeInstanceOf(BitsNotFoundError);
  await bits.close();
});

test('errors have their classes', async () => {
  const { computer, bits } = await open({ version: '10.1' });
  const job = await bits.createJob({ name: 'x' });
  expect(await rejection(job.resume())).toBeInstanceOf(BitsStateError);
  expect(await rejection(job.setHttpMethod('PUT'))).toBeInstanceOf(BitsNotSupportedError);
  expect(await rejection(job.addFile(URL, 'C:\\app.zip'))).toBeInstanceOf(BitsAccessError);
  computer.state.policy.maxJobsPerUser = 1;
  expect(await rejection(bits.createJob({ name: 'y' }))).toBeInstanceOf(BitsLimitError);
  expect(await rejection(bits.getJobs({ allUsers: true }))).toBeInstanceOf(BitsAccessError);
});

test('a service that is disabled', async () => {
  const computer = new StandIn();
  computer.state.service.startType = 'disabled';
  const error = await rejection(connect(computer));
  expect(error).toBeInstanceOf(BitsUnavailableError);
  expect(error).toMatchObject({ code: 'ERROR_SERVICE_DISABLED', reason: 'disabled' });
});

test('callbacks reach the functions of the job', async () => {
  const { computer, bits } = await open();
  const job = await bits.createJob({ name: 'x', files: [FILE] });
  const seen: string[] = [];
  await job.setNotifyInterface({ jobModification: () => void seen.push('modification') });
  expect(await job.getNotifyInterface()).toBe('own');
  await job.setNotifyFlags(['jobModification']); // is itself a modification
  await settled();
  expect(seen).toEqual(['modification']);
  await bits.close();
  expect(computer.registrations.size).toBe(0);
});

test('a service that is stopped in between is not noticed', async () => {
  const { computer, bits } = await open();
  const job = await bits.createJob({ name: 'x', files: [FILE] });
  computer.service.stop();
  expect(await job.getDisplayName()).toBe('x');
  expect(await bits.getJobs()).toHaveLength(1);
});
