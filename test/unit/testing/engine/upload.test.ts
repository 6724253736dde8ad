import { JOB_TYPE } from '../../../../lib/contract/enums';
import { contentFrom } from '../../../../lib/testing/computer/content';
import type { ContentState } from '../../../../lib/testing/computer/content';
import type { ComputerState } from '../../../../lib/testing/computer/state';
import type { ServerSettings } from '../../../../lib/testing/transport/server_settings';
import { errorOf, MinimalComputer } from '../../../support/minimal_computer';

const URL = 'http://example.test/up/file.bin';
const LOCAL = 'C:\\data\\source.bin';

function prepare(settings: ServerSettings = {}, type: number = JOB_TYPE.values.upload, size = 1_000_000) {
  const computer = new MinimalComputer();
  const { server, counts } = computer.serve(URL, { upload: true, ...settings });
  const bytes = Buffer.alloc(size, 'abcdefg');
  computer.put(LOCAL, bytes);
  const job = computer.job([URL], { type, httpMethod: 'BITS_POST' });
  Object.assign(job.files[0]!, { localName: LOCAL });
  const uploaded = () => {
    const { uploads } = server as { uploads?: { file: ContentState | null } };
    const content = uploads?.file ? contentFrom(uploads.file) : null;
    return content === null ? null : Buffer.from(content.read(0, content.size));
  };
  return { computer, server, counts, job, bytes, uploaded };
}

test('uploads a file', async () => {
  const { computer, job, bytes, uploaded } = prepare();
  const { types } = computer.listen(job);
  computer.resume(job);
  await computer.until(job, 'transferred', 1000);
  expect(computer.pathOf(job)).toEqual(['queued', 'connecting', 'transferring', 'transferred']);
  expect(uploaded()!.equals(bytes)).toBe(true);
  expect(job.files[0]).toMatchObject({ completed: true, bytesTotal: 1_000_000, bytesTransferred: 1_000_000 });
  expect(computer.clock.now()).toBeGreaterThan(10_000);
  expect(types()).not.toContain('fileTransferred');
  expect(types().at(-1)).toBe('transferred');
});

test('an upload-reply job fetches the reply', async () => {
  const { computer, job } = prepare({ reply: 'thanks' }, JOB_TYPE.values.uploadReply);
  const { types } = computer.listen(job);
  computer.resume(job);
  await computer.until(job, 'transferred', 1000);
  expect(computer.pathOf(job)).toEqual([
    'queued',
    'connecting',
    'transferring',
    'connecting',
    'transferring',
    'transferred',
  ]);
  expect(Buffer.from(job.replyData!, 'base64').toString()).toBe('thanks');
  expect(job.reply).toEqual({ bytesTotal: 6, bytesTransferred: 6 });
  expect(types().filter((type) => type !== 'modification')).toEqual(['fileTransferred', 'transferred']);
});

test('a server without a reply breaks the protocol', async () => {
  const { computer, job } = prepare({}, JOB_TYPE.values.uploadReply);
  computer.resume(job);
  await computer.until(job, 'error', 1000);
  expect(errorOf(job)).toBe('0x8020001B in 5');
  expect(job.reply.bytesTotal).toBeNull();
});

test.each(['reset', 'loseAnswer'] as const)('goes on with the session after %s', async (then) => {
  const { computer, job, counts, bytes, uploaded } = prepare({ script: [{ after: 160_000, then }] });
  computer.resume(job);
  await computer.until(job, 'transientError', 1000);
  expect(errorOf(job)).toBe('0x80072EFE in 5');
  await computer.until(job, 'transferred', 10_000);
  expect(uploaded()!.equals(bytes)).toBe(true);
  expect(counts().bytes).toBe(1_000_000);
});

test('suspend, a restart of the service, and Resume go on with the session', async () => {
  const { computer, job, counts, bytes, uploaded } = prepare();
  computer.resume(job);
  await computer.clock.advance(5_000);
  computer.suspend(job);
  const next = new MinimalComputer(JSON.parse(JSON.stringify(computer.save())) as ComputerState);
  const same = next.state.jobs[0]!;
  next.resume(same);
  await next.until(same, 'transferred', 1000);
  const server = next.state.servers[0]! as unknown as { uploads: { file: ContentState; created: number } };
  expect(server.uploads.created).toBe(1);
  const content = contentFrom(server.uploads.file);
  expect(Buffer.from(content.read(0, content.size)).equals(bytes)).toBe(true);
  expect(uploaded()).toBeNull();
  expect(counts().bytes).toBe(168_000);
});

test('a session that the server has forgotten begins again', async () => {
  const { computer, job, server, bytes, uploaded } = prepare({ script: [{ after: 160_000, then: 'reset' }] });
  computer.resume(job);
  await computer.until(job, 'transientError', 1000);
  (server as unknown as { uploads: { sessions: object } }).uploads.sessions = {};
  await computer.until(job, 'transferred', 10_000);
  expect(uploaded()!.equals(bytes)).toBe(true);
});

describe('the local file', () => {
  test('changed meanwhile', async () => {
    const { computer, job } = prepare();
    computer.resume(job);
    await computer.clock.advance(3_000);
    computer.suspend(job);
    computer.put(LOCAL, 'short');
    computer.resume(job);
    await computer.until(job, 'error', 1000);
    expect(errorOf(job)).toBe('0x8020001D in 4');
  });

  test('missing', async () => {
    const { computer, job } = prepare();
    computer.disk.remove(LOCAL);
    computer.resume(job);
    await computer.until(job, 'error', 1000);
    expect(errorOf(job)).toBe('0x80070002 in 4');
  });

  test('empty', async () => {
    const { computer, job } = prepare({}, JOB_TYPE.values.upload, 0);
    computer.resume(job);
    await computer.until(job, 'error', 1000);
    expect(errorOf(job)).toBe('0x80070057 in 4');
  });
});

const refusals = [
  [403, 'error', '0x80190193 in 5'],
  [501, 'error', '0x801901F5 in 5'],
  [503, 'transientError', '0x801901F7 in 5'],
] as const;
test.each(refusals)('status %i', async (status, state, error) => {
  const { computer, job } = prepare({ status });
  computer.resume(job);
  await computer.until(job, state, 1000);
  expect(errorOf(job)).toBe(error);
});

test('cancelling tells the server, later if it cannot be reached', async () => {
  const { computer, job, server } = prepare();
  computer.resume(job);
  await computer.clock.advance(5_000);
  computer.state.network.connected = false;
  computer.engine.jobStopped(job);
  job.state = 8;
  computer.state.jobs.length = 0;
  await computer.clock.advance(60_000);
  const { uploads } = server as unknown as { uploads: { sessions: Record<string, unknown> } };
  const sessions = () => Object.values(uploads.sessions);
  expect(sessions()).toEqual([expect.objectContaining({ received: 168_000 })]);
  computer.state.network.connected = true;
  await computer.clock.advance(600_000);
  expect(sessions()).toEqual([null]);
  expect(job.state).toBe(8);
});

const unknown = [
  ['an own method', { httpMethod: 'PUT' }, URL],
  ['SMB', {}, '\\\\server\\share\\a.bin'],
] as const;
test.each(unknown)('%s is not modelled', async (_, changes, remoteName) => {
  const { computer, job } = prepare();
  Object.assign(job, changes);
  job.files[0]!.remoteName = remoteName;
  computer.resume(job);
  await computer.clock.advance(1000);
  expect(computer.problems.map(String)).toEqual([expect.stringContaining('not modelled')]);
});
