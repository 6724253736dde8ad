'use strict';
// Right arguments for the methods that take any: wrong ones are made from them.

const ID = '{01234567-89ab-cdef-0123-456789abcdef}';

/** By name of the method; `data` is a folder for files. */
function rightArguments(data) {
  /** Right arguments, from which a wrong one is made; methods without an entry get anything. */
  const file = (random) => ({
    url: random.pick(['http://127.0.0.1/x', new URL('http://127.0.0.1/y')]),
    path: `${data}\\f${random.below(9)}.bin`,
  });
  const ranges = () => [
    { offset: 0, length: 5 },
    { offset: 10, length: 'eof' },
  ];
  const headers = (random) =>
    random.pick([
      () => ({ A: '1' }),
      () => [
        ['A', '1'],
        ['B', '2'],
      ],
      () => new Headers({ A: '1' }),
      () => new Map([['A', '1']]),
    ])();
  const listener = () => () => {};
  const limits = (random, signal) => ({
    signal: signal(),
    onAbort: random.pick(['detach', 'suspend', 'cancel']),
    timeout: random.pick([5, 50, Infinity]),
    maxTransientErrors: 3,
    stallTimeout: random.pick([5, Infinity]),
    serviceTimeout: 100,
  });
  const some = (random, record) => Object.fromEntries(Object.entries(record).filter(() => random.chance(0.4)));
  const event = (random) =>
    random.pick([
      'transferred',
      'error',
      'transientError',
      'modified',
      'fileTransferred',
      'fileRangesTransferred',
      'progress',
      'stateChange',
    ]);
  const mirrors = ['http://127.0.0.1/m'];
  const oneFile = (random) => ({
    ...file(random),
    ...some(random, { mirrors: [...mirrors], sha256: '0'.repeat(64), size: 10, ranges: ranges() }),
  });
  const twoFiles = (random) => ({
    files: [
      { ...file(random), mirrors: [...mirrors] },
      { url: 'http://h/2', path: `${data}\\second.bin` },
    ],
  });
  const download = (random, signal) => ({
    ...(random.chance(0.7) ? oneFile(random) : twoFiles(random)),
    ...some(random, {
      headers: headers(random),
      key: random.pick(['k', '\u6f22'.repeat(128)]),
      app: random.pick(['me', '\u6f22'.repeat(64)]),
      name: 'n',
      priority: 'normal',
      createFolders: true,
      allowPartial: true,
      onProgress: listener(),
      ...limits(random, signal),
    }),
  });
  const property = (random) =>
    random.pick([
      ['costFlags', 'standard'],
      ['costFlags', ['roaming']],
      ['notificationClsid', ID],
      ['dynamicContent', true],
      ['maxDownloadSize', 5],
      ['useStoredCredentials', 'proxy'],
      ['minimumNotificationIntervalMs', 5],
    ]);

  return {
    connect: () => [{ binary: 'C:\\none.node' }],
    download: (random, signal) => [download(random, signal)],
    upload: (random, signal) => [
      {
        ...file(random),
        ...some(random, {
          reply: true,
          replyPath: `${data}\\r`,
          headers: headers(random),
          app: 'me',
          name: 'n',
          priority: 'low',
          onProgress: listener(),
          ...limits(random, signal),
        }),
      },
    ],
    restore: () => [{ app: 'default' }],
    reap: (random) => [{ app: random.pick(['default', 'nobody']), olderThan: 0, states: ['error', 'suspended'] }],
    finish: (random, signal) => [some(random, { ...limits(random, signal), onProgress: listener() })],
    wait: (random, signal) => [
      {
        until: random.pick(['transferred', 'error', ['queued', 'suspended']]),
        ...some(random, limits(random, signal)),
      },
    ],
    watch: (random, signal) => [{ signal: signal(), interval: 5, serviceTimeout: 100 }],
    on: (random) => [event(random), listener(), { ref: false }],
    once: (random) => [event(random), listener(), { ref: false }],
    off: (random) => [event(random), listener()],
    createJob: (random) => [
      {
        name: 'x',
        ...some(random, {
          type: 'download',
          description: 'd',
          priority: 'low',
          files: [file(random), file(random)],
        }),
      },
    ],
    getJob: () => [ID],
    getJobs: () => [{ allUsers: false }],
    getSnapshots: () => [{ allUsers: false }],
    getErrorDescription: (random) => [random.pick([0x80200001, -1]), 0x409],
    describeError: (random) => [random.pick([0x80200001, -1]), 0x409],
    addFile: (random) => {
      const { url, path: local } = file(random);
      return [url, local];
    },
    addFileSet: (random) => [[file(random), file(random)]],
    addFileWithRanges: (random) => {
      const { url, path: local } = file(random);
      return [url, local, ranges()];
    },
    requestFileRanges: () => [ranges()],
    setDisplayName: () => ['x'],
    setDescription: () => ['x'],
    setPriority: () => ['low'],
    setNotifyFlags: () => [['jobError', 'unknown:0x40']],
    setFileACLFlags: () => [['owner']],
    setPeerCachingFlags: () => [['enableClient']],
    setSecurityFlags: () => [['enableCrlCheck']],
    setHelperTokenFlags: () => [['network']],
    setConfigurationFlags: () => [['enableClient']],
    setNotifyInterface: () => [{ jobTransferred: listener(), jobError: listener() }],
    setMinimumRetryDelay: () => [60],
    setNoProgressTimeout: () => [60],
    setMaximumDownloadTime: () => [60],
    setProxySettings: () => ['override', 'proxy:80', '<local>'],
    setNotifyCmdLine: () => [`${data}\\none.exe`, 'none.exe x', { allowNotifyCommand: true, allowScriptHost: true }],
    setReplyFileName: () => [`${data}\\reply`],
    setCredentials: () => [{ target: 'server', scheme: 'basic', userName: 'u', password: 'p' }],
    removeCredentials: () => ['server', 'basic'],
    replaceRemotePrefix: () => ['http://a/', 'http://b/'],
    setProperty: property,
    getProperty: (random) => [property(random)[0]],
    setClientCertificateByID: () => ['currentUser', 'MY', new Uint8Array(20)],
    setClientCertificateByName: () => ['currentUser', 'MY', 'me'],
    setCustomHeaders: (random) => [headers(random)],
    setHttpMethod: () => ['POST'],
    setServerCertificateValidationInterface: () => [() => true, { timeout: 1000 }],
    failure: () => [{ revealUrls: true }],
    explain: () => [{ revealUrls: true }],
    setRemoteName: () => ['http://127.0.0.1/z'],
    setValidationState: () => [true],
    updateDownloadPosition: () => [5],
    setMaximumCacheSize: () => [5],
    setMaximumContentAge: () => [86_400],
    getRecord: () => [ID],
    deleteRecord: () => [ID],
    deleteUrl: () => ['http://h/'],
    getErrorContextDescription: () => [0x409],
    codeOf: () => [0x80200003],
    hresultHex: () => [0x80200003],
    httpStatusOf: () => [0x80190194],
    isBitsError: () => [new Error('x'), 'BG_E_EMPTY'],
    watchProfile: () => ['unattended'],
  };
}

module.exports = { rightArguments };
