import { mkdtempSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generatedBytes } from '../../../../lib/testing/servers/generated_bytes';
import { createFileServer, createUploadServer } from '../../../../lib/testing/servers';
import { createTransport } from '../../../../lib/testing/transport/create_transport';
import { JOB_TYPE } from '../../../../lib/contract/enums';
import { errorOf, MinimalComputer } from '../../../support/minimal_computer';

const servers: { close(): Promise<void> }[] = [];

async function opened<S extends { close(): Promise<void> }>(server: Promise<S>): Promise<S> {
  servers.push(await server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A port that nobody listens at. */
async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('downloads from a real server, whose time is none', async () => {
  const server = await opened(createFileServer({ files: { '/a.bin': { content: { size: 300_000 } } } }));
  const computer = new MinimalComputer();
  const job = computer.start([server.url('/a.bin')]);
  await computer.until(job, 'transferred');
  expect(computer.clock.now()).toBeLessThan(3_300);
  expect(computer.bytesOf(job.files[0]!).equals(generatedBytes({ size: 300_000 }))).toBe(true);
});

test('goes on where a real connection broke', async () => {
  const server = await opened(createFileServer({ files: { '/a.bin': { content: { size: 300_000 } } } }));
  server.fail('/a.bin', { cutAfter: 100_000, method: 'GET' });
  const computer = new MinimalComputer();
  const job = computer.start([server.url('/a.bin')]);
  await computer.until(job, 'transientError');
  expect(errorOf(job)).toBe('0x80072EFE in 5');
  await computer.until(job, 'transferred', 10_000);
  expect(computer.bytesOf(job.files[0]!).equals(generatedBytes({ size: 300_000 }))).toBe(true);
});

test('uploads to a real server', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bits-'));
  const server = await opened(createUploadServer({ folder }));
  const computer = new MinimalComputer();
  const bytes = generatedBytes({ size: 500_000 });
  computer.put('C:\\data\\source.bin', bytes);
  const job = computer.job([server.url('/a.bin')], { type: JOB_TYPE.values.upload, httpMethod: 'BITS_POST' });
  Object.assign(job.files[0]!, { localName: 'C:\\data\\source.bin' });
  computer.resume(job);
  await computer.until(job, 'transferred', 1_000);
  expect(readFileSync(path.join(folder, 'a.bin')).equals(bytes)).toBe(true);
});

test('where nobody has ever listened, a server was forgotten', async () => {
  const computer = new MinimalComputer();
  const url = `http://127.0.0.1:${await closedPort()}/a`;
  computer.start([url]);
  await computer.clock.advance(1_000);
  expect(computer.problems.map(String)).toEqual([
    expect.stringMatching(/^BitsSimulationError: nobody listens at \w+ http:\/\/127\.0\.0\.1:\d+\/a: script it with/),
  ]);
});

test('a server that is gone refuses connections', async () => {
  const computer = new MinimalComputer();
  const server = await createFileServer({ files: { '/a': { content: 'a' } } });
  const url = server.url('/a');
  await computer.until(computer.start([url]), 'transferred');
  await server.close();
  const job = computer.start([url]);
  await computer.until(job, 'transientError');
  expect(errorOf(job)).toBe('0x80072EFD in 5');
  expect(computer.problems).toEqual([]);
});

test.each([
  ['not HTTP', 'SSH-2.0-x\r\n\r\n', 'transientError', '0x80072F78 in 5'],
  ['nothing at all', '', 'transientError', '0x80072EFE in 5'],
] as const)('an answer that is %s', async (_, answer, state, error) => {
  const server = net.createServer((socket) => socket.once('data', () => socket.end(answer))).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const computer = new MinimalComputer();
    const job = computer.start([`http://127.0.0.1:${(server.address() as net.AddressInfo).port}/a`]);
    await computer.until(job, state);
    expect(errorOf(job)).toBe(error);
  } finally {
    server.close();
  }
});

test('simulated schemes are not shown to real servers', async () => {
  const computer = new MinimalComputer();
  const server = await opened(
    createFileServer({
      access: () => ({ status: 401, headers: { 'WWW-Authenticate': 'NTLM' } }),
    }),
  );
  computer.start([server.url('/a')], { credentials: [{ target: 1, scheme: 3, userName: 'a', password: 'b' }] });
  await computer.clock.advance(1_000);
  expect(computer.problems.map(String)).toEqual([
    expect.stringContaining('NTLM is simulated with scripted servers only'),
  ]);
});

test('real servers can be forbidden', async () => {
  const transport = createTransport({ state: { servers: [] }, clock: { during: (work) => work } }, { realHttp: false });
  const request = { method: 'GET', url: 'http://127.0.0.1:1/', headers: [] };
  await expect(transport.request(request, new AbortController().signal)).rejects.toThrow('nobody serves');
});
