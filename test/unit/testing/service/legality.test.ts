import type { NativeAddon } from '../../../../lib/contract/addon';
import { LEGALITY } from '../../../../lib/testing/service/legality';
import type { Cell } from '../../../../lib/testing/service/legality';
import { METHODS } from '../../../../lib/testing/service/table';
import { answerOf, arrive, StandIn } from './stand_in';
import type { Connected, OpenJob } from './stand_in';

/*
 * What each state allows, written down independently of the simulation: "Life Cycle of a BITS Job" and the pages of the
 * methods. A letter for each answer: suspended, active, transient error, error, transferred, ended.
 */

const CODES: Readonly<Record<string, string>> = {
  '.': 'ok',
  I: 'BG_E_INVALID_STATE',
  N: 'E_NOTIMPL',
  U: 'BG_E_ERROR_INFORMATION_UNAVAILABLE',
  A: 'BG_E_READ_ONLY_WHEN_JOB_ACTIVE',
};

/** One number for each state of a column. */
const COLUMNS: readonly (readonly number[])[] = [[3], [0, 1, 2], [5], [4], [6], [7, 8]];

type Row = readonly [call: string, args: readonly unknown[], download: string, upload?: string, uploadReply?: string];

const VALUE = new Uint8Array(16);
const FILE = ['https://h/b', 'C:\\data\\b'] as const;
const RANGES = [{ offset: 0, length: 1 }];

const ROWS: readonly Row[] = [
  ['job.resume', [], '.....I', '.....I', '.....I'],
  ['job.suspend', [], '.....I'],
  ['job.cancel', [], '.....I', '.....I', '.....I'],
  ['job.complete', [], '.....I', 'IIII.I', 'IIII.I'],
  ['job.addFile', FILE, '.....I'],
  ['job.addFileSet', [[{ remoteName: FILE[0], localName: FILE[1] }]], '.....I'],
  ['job.addFileWithRanges', [...FILE, RANGES], '.....I', 'NNNNNN', 'NNNNNN'],
  ['job.replaceRemotePrefix', ['https://', 'http://'], '.....I', 'NNNNNN', 'NNNNNN'],
  ['file.setRemoteName', ['http://h/c'], '.....I', 'NNNNNN', 'NNNNNN'],
  ['job.setDisplayName', ['y'], '.....I'],
  ['job.setDescription', ['y'], '.....I'],
  ['job.setPriority', [1], '.....I'],
  ['job.setNotifyFlags', [1], '.....I'],
  ['job.setNotifyInterface', [null], '.....I'],
  ['job.setMinimumRetryDelay', [60], '.....I'],
  ['job.setNoProgressTimeout', [60], '.....I'],
  ['job.setProxySettings', [1, null, null], '.....I'],
  ['job.setNotifyCmdLine', ['C:\\a.exe', null], '.....I'],
  ['job.takeOwnership', [], '.....I'],
  ['job.setCustomHeaders', ['A: b\r\n'], '.....I'],
  ['job.setClientCertificateByID', [0, 'MY', new Uint8Array(20)], '.....I'],
  ['job.setClientCertificateByName', [0, 'MY', 'me'], '.....I'],
  ['job.removeClientCertificate', [], '.....I'],
  ['job.setSecurityFlags', [1], '.....I'],
  ['job.setPeerCachingFlags', [4], '.....I'],
  ['job.setMaximumDownloadTime', [60], '.....I'],
  ['job.setCredentials', [1, 1, 'u', 'p'], '.....I'],
  ['job.removeCredentials', [1, 1], '.....I'],
  ['job.setHelperTokenFlags', [1], '.....I'],
  ['job.setHelperToken', [], '.....I'],
  ['job.clearHelperToken', [], '.....I'],
  ['job.setProperty', [1, VALUE], '.....I'],
  ['job.setHttpMethod', ['PUT'], '.IIIII'],
  ['job.makeCustomHeadersWriteOnly', [], '.....I'],
  ['file.setValidationState', [true], '.....I'],
  ['file.updateDownloadPosition', [1], '.....I'],
  ['file.requestFileRanges', [RANGES], '.....I'],
  ['job.setFileACLFlags', [1], '....II'],
  ['job.setReplyFileName', ['C:\\data\\r'], 'NNNNNN', 'NNNNNN', '....II'],
  ['job.getReplyData', [], 'NNNNNN', 'NNNNNN', 'IIII.I'],
  ['job.getError', [], 'UU..UU'],
  ['job.setServerCertificateValidationInterface', [null], '.AA..I'],
  ['job.getReplyProgress', [], 'NNNNNN', 'NNNNNN', '......'],
  ['job.getReplyFileName', [], 'NNNNNN', 'NNNNNN', '......'],
  ...(
    [
      'getId',
      'getType',
      'getProgress',
      'getTimes',
      'getState',
      'getDisplayName',
      'getDescription',
      'getPriority',
      'getOwner',
      'getNotifyFlags',
      'getNotifyInterface',
      'getMinimumRetryDelay',
      'getNoProgressTimeout',
      'getErrorCount',
      'getProxySettings',
      'getNotifyCmdLine',
      'getFileACLFlags',
      'getPeerCachingFlags',
      'getOwnerIntegrityLevel',
      'getOwnerElevationState',
      'getMaximumDownloadTime',
      'getCustomHeaders',
      'getSecurityFlags',
      'getHttpMethod',
      'getHelperTokenFlags',
      'getHelperTokenSid',
      'enumFiles',
      'snapshot',
      'fileSnapshots',
      'interfaces',
    ] as const
  ).map((name) => [`job.${name}`, [], '......'] as const),
  ['job.getProperty', [1], '......'],
  ...(
    [
      'getRemoteName',
      'getLocalName',
      'getProgress',
      'getFileRanges',
      'getTemporaryName',
      'getValidationState',
      'isDownloadedFromPeer',
      'getPeerDownloadStats',
      'getFilledFileRanges',
      'interfaces',
    ] as const
  ).map((name) => [`file.${name}`, [], '......'] as const),
  ['file.getProperty', [1], '......'],
];

const TYPES = ['download', 'upload', 'uploadReply'] as const;

const cases = ROWS.flatMap(([call, args, ...expected]) =>
  expected.map((letters, type) => [call, TYPES[type]!, letters!, args, type] as const),
);

type Call = (handle: unknown, ...args: readonly unknown[]) => Promise<unknown>;

async function make(program: Connected, job: OpenJob, method: string, args: readonly unknown[]): Promise<unknown> {
  const [group, name] = method.split('.') as ['job' | 'file', string];
  const call = (program.addon as unknown as Record<string, Record<string, Call>>)[group]![name]!;
  return call(group === 'file' ? await program.fileOf(job) : job.handle, ...args);
}

test.each(cases)('%s, %s: %s', async (call, _type, letters, args, type) => {
  const answers: Record<number, string> = {};
  const expected: Record<number, string> = {};
  for (const [column, states] of COLUMNS.entries()) {
    for (const state of states) {
      const computer = new StandIn();
      const program = computer.connect('admin');
      const job = await program.jobIn(state, type);
      if (call === 'file.setValidationState') arrive(computer, job);
      answers[state] = await answerOf(make(program, job, call, args));
      expected[state] = CODES[letters[column]!]!;
    }
  }
  expect(answers).toEqual(expected);
});

test('every method of jobs and files has a case', () => {
  const covered = new Set(ROWS.map(([call]) => call));
  // It fails in any state: the property can only be read. The certificate is read where it is set.
  const elsewhere = ['file.setProperty', 'job.getClientCertificate'];
  const all = (['job', 'file'] as const).flatMap((group) =>
    Object.keys(METHODS[group]).map((name) => `${group}.${name}`),
  );
  expect(all.filter((call) => !covered.has(call) && !elsewhere.includes(call))).toEqual([]);
});

describe('the table', () => {
  test('names each method once for each type of job', () => {
    const named = LEGALITY.flatMap(({ calls, types = [0, 1, 2] }) =>
      calls.flatMap((call) => types.map((type) => `${call} ${type}`)),
    );
    expect(new Set(named).size).toBe(named.length);
  });

  test('marks what no page says', () => {
    const marked = LEGALITY.flatMap(({ calls, cells }) =>
      cells.some((cell: Cell) => cell.startsWith('?')) ? calls : [],
    );
    expect(marked).toContain('job.resume');
    expect(marked).not.toContain('job.cancel');
  });
});

describe('the contract', () => {
  /** As lib/contract/addon.ts has it; the compiler compares the two. */
  const NAMES = {
    manager: {
      connect: 1,
      interfaces: 1,
      createJob: 1,
      probe: 1,
      getJob: 1,
      enumJobs: 1,
      jobSnapshots: 1,
      jobChanges: 1,
      getErrorDescription: 1,
    } satisfies Record<keyof NativeAddon['manager'], 1>,
    error: {
      getError: 1,
      getFile: 1,
      getErrorDescription: 1,
      getErrorContextDescription: 1,
      getProtocol: 1,
    } satisfies Record<keyof NativeAddon['error'], 1>,
    peerCache: {
      getMaximumCacheSize: 1,
      setMaximumCacheSize: 1,
      getMaximumContentAge: 1,
      setMaximumContentAge: 1,
      getConfigurationFlags: 1,
      setConfigurationFlags: 1,
      enumRecords: 1,
      getRecord: 1,
      clearRecords: 1,
      deleteRecord: 1,
      deleteUrl: 1,
      enumPeers: 1,
      clearPeers: 1,
      discoverPeers: 1,
    } satisfies Record<keyof NativeAddon['peerCache'], 1>,
    record: {
      getId: 1,
      getOriginUrl: 1,
      getFileSize: 1,
      getFileModificationTime: 1,
      getLastAccessTime: 1,
      isFileValidated: 1,
      getFileRanges: 1,
    } satisfies Record<keyof NativeAddon['record'], 1>,
    peer: { getPeerName: 1, isAuthenticated: 1, isAvailable: 1 } satisfies Record<keyof NativeAddon['peer'], 1>,
  };

  test('has no method that is missing', () => {
    const { addon } = new StandIn().connect();
    for (const [group, names] of Object.entries(NAMES)) {
      expect(Object.keys((addon as unknown as Record<string, object>)[group]!).sort()).toEqual(
        Object.keys(names).sort(),
      );
    }
    const own = ['version', 'openManager', 'releaseManager', 'abandon', 'answerCertificate', 'systemInfo'];
    expect(Object.keys(addon).sort()).toEqual([...own, ...Object.keys(NAMES), 'job', 'file'].sort());
    const jobs = Object.keys(addon.job).length + Object.keys(addon.file).length;
    expect(jobs).toBe(Object.keys(METHODS.job).length + Object.keys(METHODS.file).length + 4);
  });

  test('refuses handles of other kinds at once', () => {
    const { addon, manager } = new StandIn().connect();
    expect(() => addon.job.getState(manager as never)).toThrow(TypeError);
    expect(() => addon.job.getState({} as never)).toThrow('argument 0: expected a handle');
    expect(() => addon.record.getId(manager as never)).toThrow(TypeError);
    expect(() => addon.answerCertificate({} as never, true)).toThrow('argument 0: expected a verdict');
  });
});
