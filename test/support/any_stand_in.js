'use strict';
// The addon's raw contract without Windows: every job is transferred, and every call succeeds.

const GROUPS = ['manager', 'job', 'file', 'error', 'peerCache', 'record', 'peer'];
const ID = '{01234567-89ab-cdef-0123-456789abcdef}';
const TAG = 'x [windows-bits/1 v=0.1.0 owner=default key=k id=6f3a0c9d12ab part=0 made=2026-01-31T12:00:00Z]';
const named = () => ({ id: ID, handle: {} });
const progress = () => ({ bytesTotal: 10, bytesTransferred: 10, filesTotal: 1, filesTransferred: 1 });
const times = () => ({ creationTime: 1e12, modificationTime: 1e12, transferCompletionTime: null });
const INTERFACES = ['IBackgroundCopyJob5', 'IBackgroundCopyFile3', 'IBackgroundCopyJobHttpOptions3'];

const snapshot = () => ({
  state: 6,
  progress: progress(),
  type: 0,
  priority: 0,
  times: times(),
  errorCount: 0,
  displayName: 'x',
  description: TAG,
  owner: 'S-1-5-18',
});

/** What the stand-in answers; where nothing is said, success. */
const answers = (data) => ({
  manager: {
    interfaces: () => [...INTERFACES],
    createJob: named,
    getJob: named,
    enumJobs: () => [named(), named()],
    jobSnapshots: () => [{ ...named(), snapshot: snapshot() }],
    jobChanges: (manager, jobs) => jobs.map((_, index) => ({ index, stamp: 1, snapshot: snapshot() })),
    getErrorDescription: () => 'a text',
    probe: () => ({ job: [...INTERFACES], file: ['IBackgroundCopyFile3'], properties: [] }),
  },
  job: {
    interfaces: () => [...INTERFACES],
    enumFiles: () => [{}],
    getId: () => ID,
    getProgress: progress,
    getTimes: times,
    getState: () => 6,
    getError: () => ({}),
    getDisplayName: () => 'x',
    getDescription: () => TAG,
    getOwner: () => 'S-1-5-18',
    getNotifyInterface: () => 1,
    getProxySettings: () => [0, null, null],
    getNotifyCmdLine: () => [null, null],
    getReplyProgress: () => ({ bytesTotal: 1, bytesTransferred: 1 }),
    getReplyData: () => new Uint8Array(3),
    getReplyFileName: () => null,
    getOwnerElevationState: () => false,
    getProperty: () => new Uint8Array(16),
    getClientCertificate: () => ({ storeLocation: 0, storeName: 'MY', hash: new Uint8Array(20), subjectName: null }),
    getCustomHeaders: () => 'A: 1\r\n',
    getHttpMethod: () => 'GET',
    getHelperTokenSid: () => null,
    snapshot,
    fileSnapshots: () => [
      {
        handle: {},
        remoteName: 'http://127.0.0.1/x',
        localName: `${data}\\x.bin`,
        temporaryName: `${data}\\BIT1.tmp`,
        bytesTotal: 10,
        bytesTransferred: 10,
        completed: true,
        validationState: true,
      },
    ],
  },
  file: {
    interfaces: () => [...INTERFACES],
    getRemoteName: () => 'http://127.0.0.1/x',
    getLocalName: () => `${data}\\x.bin`,
    getTemporaryName: () => `${data}\\BIT1.tmp`,
    getProgress: () => ({ bytesTotal: 10, bytesTransferred: 10, completed: true }),
    getFileRanges: () => [],
    getFilledFileRanges: () => [],
    getValidationState: () => true,
    isDownloadedFromPeer: () => false,
    getPeerDownloadStats: () => [1, null],
    getProperty: () => 'HTTP/1.1 200 OK\r\nServer: x\r\n',
  },
  error: {
    getError: () => [5, 0x80190194],
    getFile: () => ({}),
    getErrorDescription: () => 'a text',
    getErrorContextDescription: () => 'a text',
    getProtocol: () => 'http',
  },
  peerCache: { enumRecords: () => [{}], getRecord: () => ({}), enumPeers: () => [{}] },
  record: {
    getId: () => ID,
    getOriginUrl: () => null,
    getFileSize: () => 1,
    getFileModificationTime: () => null,
    getLastAccessTime: () => 1,
    getFileRanges: () => [],
  },
  peer: { getPeerName: () => 'pc', isAuthenticated: () => true, isAvailable: () => true },
});

/** The raw contract without Windows. */
function standIn(data) {
  const told = answers(data);
  const group = (name) => new Proxy({}, { get: (_, method) => async () => told[name][method]?.() ?? 0 });
  return {
    version: 'any',
    openManager: () => ({}),
    releaseManager() {},
    abandon() {},
    answerCertificate() {},
    systemInfo: () => ({ windows: '10.0.19045', wine: null, elevated: false, restrictedToken: false }),
    ...Object.fromEntries(GROUPS.map((name) => [name, group(name)])),
  };
}

module.exports = { GROUPS, standIn };
