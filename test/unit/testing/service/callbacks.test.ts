import type { NativeCertificateRequest, NativeNotice, VerdictHandle } from '../../../../lib/contract/addon';
import { certificateCallbackOf } from '../../../../lib/testing/engine/certificates';
import { notify, setError } from '../../../../lib/testing/service/job_events';
import { answerOf, file, settled, StandIn } from './stand_in';

/* "Registering a COM Callback", IBackgroundCopyJob::SetNotifyInterface, GetNotifyInterface. */

/** All of BG_NOTIFY but BG_NOTIFY_DISABLE. */
const EVERY_EVENT = 0x3b;

async function open() {
  const computer = new StandIn();
  const program = computer.connect();
  const job = await program.createJob({ files: [file()] });
  job.state.notifyFlags = EVERY_EVENT;
  const seen: NativeNotice[] = [];
  await program.addon.job.setNotifyInterface(job.handle, (notice) => seen.push(notice));
  return { computer, program, addon: program.addon, job, seen };
}

test('events reach the program later, with handles of what they are about', async () => {
  const { computer, addon, job, seen } = await open();
  notify(computer, job.state, { type: 'modification' });
  notify(computer, job.state, { type: 'transferred' });
  notify(computer, job.state, { type: 'fileTransferred', file: 0 });
  notify(computer, job.state, { type: 'rangesTransferred', file: 0, ranges: [{ offset: 0, length: 5 }] });
  setError(computer, job.state, { context: 5, hresult: 0x80190194, file: 0, protocol: 'http' });
  expect(seen).toEqual([]);
  await settled();
  expect(seen.map(({ type }) => type)).toEqual([
    'jobModification',
    'jobTransferred',
    'fileTransferred',
    'fileRangesTransferred',
    'jobError',
  ]);
  expect(await addon.file.getLocalName(seen[2]!.file!)).toBe(file().localName);
  expect(seen[3]!.ranges).toEqual([{ offset: 0, length: 5 }]);
  expect(await addon.error.getError(seen[4]!.error!)).toEqual([5, 0x80190194]);
  expect(await addon.file.getRemoteName(await addon.error.getFile(seen[4]!.error!))).toBe(file().remoteName);
});

test('the last registration wins, also that of another program', async () => {
  const { computer, addon, job, seen } = await open();
  expect(await addon.job.getNotifyInterface(job.handle)).toBe(1);
  const other = computer.connect();
  const { handle } = await other.addon.manager.getJob(other.manager, job.id);
  expect(await other.addon.job.getNotifyInterface(handle)).toBe(2);
  const theirs: NativeNotice[] = [];
  await other.addon.job.setNotifyInterface(handle, (notice) => theirs.push(notice));
  expect(await addon.job.getNotifyInterface(job.handle)).toBe(2);
  notify(computer, job.state, { type: 'modification' });
  await settled();
  expect([seen.length, theirs.length]).toEqual([0, 1]);
  await addon.job.setNotifyInterface(job.handle, null);
  expect(await other.addon.job.getNotifyInterface(handle)).toBe(0);
});

test('the handle of another manager of the same program is another owner', async () => {
  const { addon, job } = await open();
  const { handle } = await addon.manager.getJob(addon.openManager(), job.id);
  expect(await addon.job.getNotifyInterface(handle)).toBe(2);
});

test('is dead after its process', async () => {
  const { computer, program, job, seen } = await open();
  program.client.alive = false;
  const other = computer.connect();
  const { handle } = await other.addon.manager.getJob(other.manager, job.id);
  expect(await other.addon.job.getNotifyInterface(handle)).toBe(0);
  expect(computer.registrations.get(job.id)!.deliver({ type: 'modification' })).toBe(false);
  await settled();
  expect(seen).toEqual([]);
});

test('is withdrawn with the manager, and lost with the service', async () => {
  const released = await open();
  released.addon.releaseManager(released.program.manager);
  await settled();
  expect(released.computer.registrations.size).toBe(0);
  const stopped = await open();
  stopped.computer.service.stop();
  expect(stopped.computer.registrations.size).toBe(0);
  expect(await stopped.addon.job.getNotifyInterface(stopped.job.handle)).toBe(0);
});

test('a manager that is released leaves the callbacks of others', async () => {
  const { computer, addon, job, program } = await open();
  const other = computer.connect();
  const { handle } = await other.addon.manager.getJob(other.manager, job.id);
  await other.addon.job.setNotifyInterface(handle, () => undefined);
  addon.releaseManager(program.manager);
  await settled();
  expect(computer.registrations.size).toBe(1);
});

describe('certificates', () => {
  const question = { certificate: new Uint8Array([1]), encoding: 1, store: new Uint8Array([2]), file: 0 };

  async function validated(answer: (verdict: VerdictHandle) => void) {
    const opened = await open();
    const { computer, addon, job } = opened;
    const requests: NativeCertificateRequest[] = [];
    const validate = (request: NativeCertificateRequest, verdict: VerdictHandle) => {
      requests.push(request);
      answer(verdict);
    };
    await addon.job.setServerCertificateValidationInterface(job.handle, validate);
    return { ...opened, requests, ask: () => certificateCallbackOf(computer, job.id)!(question) };
  }

  test('the program decides, once', async () => {
    const { addon } = new StandIn().connect();
    const { ask, requests } = await validated((verdict) => {
      addon.answerCertificate(verdict, true);
      addon.answerCertificate(verdict, false);
    });
    expect(await ask()).toBe(true);
    expect(requests).toMatchObject([{ certificate: question.certificate, encoding: 1, store: question.store }]);
    expect(requests[0]!.file).toBeDefined();
  });

  test('no answer within 30 seconds refuses, and so does a program that has ended', async () => {
    const { computer, ask, program } = await validated(() => undefined);
    const late = ask();
    await computer.clock.advance(30_000);
    expect(await late).toBe(false);
    program.client.alive = false;
    expect(await ask()).toBe(false);
  });

  test('null takes the callback away', async () => {
    const { computer, addon, job } = await validated(() => undefined);
    expect(await answerOf(addon.job.setServerCertificateValidationInterface(job.handle, null))).toBe('ok');
    expect(certificateCallbackOf(computer, job.id)).toBeUndefined();
  });
});
