import { inspect } from 'node:util';
import type { BitsJob } from '../../lib';
import { connectTo } from '../../lib/connect';
import { toDescription } from '../../lib/download/job_tag';
import { fakeAddon, fakeSnapshot } from '../support/fake_addon';

const ID = '{01234567-89ab-cdef-0123-456789abcdef}';
const SECRET = 'https://me:pw@host/a.zip?sig=1';

async function open() {
  const tag = toDescription(
    {
      app: 'acme',
      key: 'k',
      id: '0123456789ab',
      number: 0,
      made: new Date(0),
      staging: null,
      names: null,
      checksum: null,
    },
    'Download of 1 file',
  );
  const { addon } = fakeAddon({
    manager: {
      createJob: () => ({ id: ID, handle: {} }),
      enumJobs: () => [],
      jobSnapshots: () => [{ id: ID, handle: {}, snapshot: fakeSnapshot({ description: tag }) }],
    },
    job: {
      enumFiles: () => [{}],
      fileSnapshots: () => [{ handle: {}, localName: 'C:\\data\\a.zip', remoteName: SECRET, completed: false }],
      getError: () => ({}),
      getDescription: () => tag,
      getState: () => 2,
      snapshot: () => fakeSnapshot({ description: tag }),
    },
    file: { getLocalName: () => 'C:\\data\\a.zip', getRemoteName: () => SECRET },
    peerCache: { enumRecords: () => [{}], enumPeers: () => [{}] },
  });
  const bits = await connectTo(addon);
  const job = await bits.createJob({ name: 'x' });
  const [[file], error, [record], [peer]] = await Promise.all([
    job.getFiles(),
    job.getError(),
    bits.peerCache.getRecords(),
    bits.peerCache.getPeers(),
  ]);
  return { bits, job, file, error, record, peer };
}

const MANAGER = { system: { windows: '10.0.19045', wine: null }, watchProfile: 'attended' };

test('objects are shown briefly by console.log, JSON and their tag', async () => {
  const { bits, job, file, error, record, peer } = await open();
  const cases: [unknown, string, string, object][] = [
    [bits, 'BitsManager', "{ system: { windows: '10.0.19045', wine: null }, watchProfile: 'attended' }", MANAGER],
    [job, 'BitsJob', `{ id: '${ID}' }`, { id: ID }],
    [file, 'BitsFile', `{ jobId: '${ID}' }`, { jobId: ID }],
    [error, 'BitsErrorInfo', `{ jobId: '${ID}' }`, { jobId: ID }],
    [bits.peerCache, 'BitsPeerCache', '{}', {}],
    [record, 'BitsPeerCacheRecord', '{}', {}],
    [peer, 'BitsPeer', '{}', {}],
  ];
  for (const [object, name, shown, json] of cases) {
    expect(inspect(object, { breakLength: Infinity })).toBe(`${name} ${shown}`);
    expect(inspect(object)).not.toMatch(/connection|native/);
    expect(JSON.parse(JSON.stringify(object))).toEqual(json);
    expect(Object.prototype.toString.call(object)).toBe(`[object ${name}]`);
  }
  expect(inspect({ a: { b: { c: { job } } } })).not.toContain(ID);
  expect(() => inspect(Object.getPrototypeOf(bits)) + String(Object.getPrototypeOf(job))).not.toThrow();
  expect(structuredClone(job)).toEqual({ id: ID } satisfies Partial<BitsJob>);
});

test('a restored download can be logged, sent as JSON, and cloned', async () => {
  const { bits } = await open();
  const [restored] = await bits.restore({ app: 'acme' });
  const told = {
    key: 'k',
    jobId: ID,
    paths: ['C:\\data\\a.zip'],
    status: 'running',
    result: null,
    error: null,
  };
  expect(structuredClone(restored)).toEqual(told);
  expect(JSON.parse(JSON.stringify(restored))).toEqual(told);
  expect(Object.prototype.toString.call(restored)).toBe('[object RestoredDownload]');
  expect(inspect(restored)).toMatch(/^RestoredDownload \{/);
  expect(inspect(restored)).not.toMatch(/connection|native|group|pw|sig=/);
});
