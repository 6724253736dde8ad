'use strict';
// Calls every public method with any input, with closes and aborts in between, and judges what comes of it. What was
// wrong is printed with the command that repeats it; the exit code is 1 then.
//
//   node test/support/any_input.js --seed 1 --calls 10000            over a stand-in for the addon
//   node test/support/any_input.js --seed 1 --calls 300 --service    over the BITS service
//   … --polluted                                                     with options on Object.prototype
//   … --from 1250 --calls 50                                         repeats one batch
const { AsyncLocalStorage } = require('node:async_hooks');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { inspect, parseArgs } = require('node:util');
const { Bound } = require('../../dist/bound.js');
const library = require('../../dist/index.js');
const { connectThrough } = require('../../dist/manager.js');
const { Random, hostile, spoil } = require('./any_values.js');

const { values: given } = parseArgs({ options: {
  seed: { type: 'string', default: '1' }, calls: { type: 'string', default: '10000' }, from: { type: 'string', default: '0' },
  service: { type: 'boolean', default: false }, polluted: { type: 'boolean', default: false },
} });
const seed = Number(given.seed);
const first = Number(given.from);
const count = Number(given.calls);

/** Calls between a connect and a close. */
const BATCH = 50;
/** Milliseconds for everything of a batch to settle after the close. */
const PATIENCE = given.service ? 30_000 : 10_000;

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-any-'));
process.chdir(home); // off Windows, `C:\data\x` is a name in this folder
const data = process.platform === 'win32' ? home : 'C:\\data';
// The functions that connect by themselves must not find a service by accident.
if (!given.service) Object.defineProperty(process, 'platform', { value: 'none' });

/** Somebody else's fault, which must not become ours. Without the names that Node reads itself. */
const POLLUTION = [
  'binary', 'allowNotifyCommand', 'allowScriptHost', 'allUsers', 'ref', 'timeoutMs', 'files', 'mirrors', 'ranges', 'sha256', 'headers', 'key', 'owner',
  'description', 'priority', 'createFolders', 'allowPartial', 'onProgress', 'onAbort', 'timeout', 'stallTimeout', 'serviceTimeout', 'maxTransientErrors',
  'interval', 'until', 'olderThan', 'states', 'reply', 'replyPath', 'userName', 'password', 'target', 'scheme', 'jobTransferred', 'jobError', 'revealUrls',
];
function pollute() {
  for (const name of POLLUTION) {
    Object.defineProperty(Object.prototype, name, { value: 'polluted', writable: true, configurable: true, enumerable: true });
  }
}

// --- The addon, with calls counted for whoever caused them ---

const caller = new AsyncLocalStorage();
const GROUPS = ['manager', 'job', 'file', 'error', 'peerCache', 'record', 'peer'];

function counted(addon, failing) {
  const group = (name) => new Proxy(addon[name], {
    get: (target, method) => (handle, ...args) => {
      const call = caller.getStore();
      if (call !== undefined) call.raw++;
      const failure = failing(name, method);
      return failure === undefined ? target[method](handle, ...args) : Promise.reject(failure);
    },
  });
  return { ...addon, ...Object.fromEntries(GROUPS.map((name) => [name, group(name)])) };
}

const ID = '{01234567-89ab-cdef-0123-456789abcdef}';
const TAG = 'x [windows-bits/1 v=0.1.0 owner=default key=k id=6f3a0c9d12ab part=0 made=2026-01-31T12:00:00Z]';
const named = () => ({ id: ID, handle: {} });
const progress = () => ({ bytesTotal: 10, bytesTransferred: 10, filesTotal: 1, filesTransferred: 1 });
const times = () => ({ creationTime: 1e12, modificationTime: 1e12, transferCompletionTime: null });
const INTERFACES = ['IBackgroundCopyJob5', 'IBackgroundCopyFile3', 'IBackgroundCopyJobHttpOptions3'];

/** What the stand-in answers; where nothing is said, success. */
const ANSWERS = {
  manager: { interfaces: () => [...INTERFACES], createJob: named, getJob: named, enumJobs: () => [named(), named()], getErrorDescription: () => 'a text' },
  job: {
    interfaces: () => [...INTERFACES], enumFiles: () => [{}], getId: () => ID, getProgress: progress, getTimes: times, getState: () => 6, getError: () => ({}),
    getDisplayName: () => 'x', getDescription: () => TAG, getOwner: () => 'S-1-5-18', getNotifyInterface: () => 1,
    getProxySettings: () => [0, null, null], getNotifyCmdLine: () => [null, null], getReplyProgress: () => ({ bytesTotal: 1, bytesTransferred: 1 }),
    getReplyData: () => new Uint8Array(3), getReplyFileName: () => null, getOwnerElevationState: () => false, getProperty: () => new Uint8Array(16),
    getClientCertificate: () => ({ storeLocation: 0, storeName: 'MY', hash: new Uint8Array(20), subjectName: null }),
    getCustomHeaders: () => 'A: 1\r\n', getHttpMethod: () => 'GET', getHelperTokenSid: () => null,
    snapshot: () => ({ state: 6, progress: progress(), type: 0, priority: 0, times: times(), errorCount: 0, displayName: 'x', description: TAG, owner: 'S-1-5-18' }),
  },
  file: {
    interfaces: () => [...INTERFACES], getRemoteName: () => 'http://127.0.0.1/x', getLocalName: () => `${data}\\x.bin`, getTemporaryName: () => `${data}\\BIT1.tmp`,
    getProgress: () => ({ bytesTotal: 10, bytesTransferred: 10, completed: true }), getFileRanges: () => [], getFilledFileRanges: () => [],
    getValidationState: () => true, isDownloadedFromPeer: () => false, getPeerDownloadStats: () => [1, null], getProperty: () => null,
  },
  error: { getError: () => [5, 0x80190194], getFile: () => ({}), getErrorDescription: () => 'a text', getErrorContextDescription: () => 'a text', getProtocol: () => 'http' },
  peerCache: { enumRecords: () => [{}], getRecord: () => ({}), enumPeers: () => [{}] },
  record: { getId: () => ID, getOriginUrl: () => null, getFileSize: () => 1, getFileModificationTime: () => null, getLastAccessTime: () => 1, getFileRanges: () => [] },
  peer: { getPeerName: () => 'pc', isAuthenticated: () => true, isAvailable: () => true },
};

/** The raw contract without Windows. */
function standIn() {
  const group = (name) => new Proxy({}, { get: (_, method) => async () => ANSWERS[name][method]?.() ?? 0 });
  return {
    version: 'any', openManager: () => ({}), releaseManager() {}, answerCertificate() {},
    systemInfo: () => ({ windows: '10.0.19045', wine: null, restrictedToken: false }),
    ...Object.fromEntries(GROUPS.map((name) => [name, group(name)])),
  };
}

/** Not those of files in use: they are waited for. */
const FAILURES = [0x80200001, 0x80200002, 0x80200003, 0x8020000F, 0x800706BA, 0x80070057, 0x80004001, 0x80004002, 0x80200051, 0x8020FFFF];

// --- What is called ---

/** Not for callers: what the declarations leave out. */
const INTERNAL = new Set([
  Symbol.toStringTag, Symbol.hasInstance, inspect.custom, 'prototype', 'isOf', 'isOwn',
  'constructor', 'context', 'waitWith', 'listen', 'leave', 'unwatched', 'interfaces',
  'complete in Restored', 'fail in Restored', 'saw in WatchStream', 'failed in WatchStream',
]);

/** Right arguments, from which a wrong one is made; methods without an entry get anything. */
const file = (random) => ({ url: random.pick(['http://127.0.0.1/x', new URL('http://127.0.0.1/y')]), path: `${data}\\f${random.below(9)}.bin` });
const ranges = () => [{ offset: 0, length: 5 }, { offset: 10, length: 'eof' }];
const headers = (random) => random.pick([() => ({ A: '1' }), () => [['A', '1'], ['B', '2']], () => new Headers({ A: '1' }), () => new Map([['A', '1']])])();
const listener = () => () => {};
const limits = (random, signal) => ({
  signal: signal(), onAbort: random.pick(['detach', 'suspend', 'cancel']), timeout: random.pick([5, 50, Infinity]), maxTransientErrors: 3, stallTimeout: random.pick([5, Infinity]), serviceTimeout: 100,
});
const some = (random, record) => Object.fromEntries(Object.entries(record).filter(() => random.chance(0.4)));
const event = (random) => random.pick(['transferred', 'error', 'transientError', 'modified', 'fileTransferred', 'fileRangesTransferred', 'progress', 'stateChange']);
const download = (random, signal) => ({
  ...(random.chance(0.7) ? { ...file(random), ...some(random, { mirrors: ['http://127.0.0.1/m'], sha256: '0'.repeat(64), size: 10, ranges: ranges() }) } : { files: [{ ...file(random), mirrors: ['http://127.0.0.1/m'] }, { url: 'http://h/2', path: `${data}\\second.bin` }] }),
  ...some(random, { headers: headers(random), key: random.pick(['k', '\u6f22'.repeat(128)]), owner: random.pick(['me', '\u6f22'.repeat(64)]), name: 'n', priority: 'normal', createFolders: true, allowPartial: true, onProgress: listener(), ...limits(random, signal) }),
});
const property = (random) => random.pick([['costFlags', 'standard'], ['costFlags', ['roaming']], ['notificationClsid', ID], ['dynamicContent', true], ['maxDownloadSize', 5], ['useStoredCredentials', 'proxy'], ['minimumNotificationIntervalMs', 5]]);

const RIGHT = {
  connect: () => [{ binary: 'C:\\none.node' }],
  download: (random, signal) => [download(random, signal)],
  upload: (random, signal) => [{ ...file(random), ...some(random, { reply: true, replyPath: `${data}\\r`, headers: headers(random), owner: 'me', name: 'n', priority: 'low', onProgress: listener(), ...limits(random, signal) }) }],
  restore: () => [{ owner: 'default' }],
  reap: (random) => [{ owner: random.pick(['default', 'nobody']), olderThan: 0, states: ['error', 'suspended'] }],
  finish: (random, signal) => [some(random, { ...limits(random, signal), onProgress: listener() })],
  wait: (random, signal) => [{ until: random.pick(['transferred', 'error', ['queued', 'suspended']]), ...some(random, limits(random, signal)) }],
  watch: (random, signal) => [{ signal: signal(), interval: 5, serviceTimeout: 100 }],
  on: (random) => [event(random), listener(), { ref: false }],
  once: (random) => [event(random), listener(), { ref: false }],
  off: (random) => [event(random), listener()],
  createJob: (random) => [{ name: 'x', ...some(random, { type: 'download', description: 'd', priority: 'low', files: [file(random), file(random)] }) }],
  getJob: () => [ID],
  getJobs: () => [{ allUsers: false }],
  getErrorDescription: (random) => [random.pick([0x80200001, -1]), 0x409],
  describeError: (random) => [random.pick([0x80200001, -1]), 0x409],
  addFile: (random) => { const { url, path: local } = file(random); return [url, local]; },
  addFileSet: (random) => [[file(random), file(random)]],
  addFileWithRanges: (random) => { const { url, path: local } = file(random); return [url, local, ranges()]; },
  requestFileRanges: () => [ranges()],
  setDisplayName: () => ['x'], setDescription: () => ['x'], setPriority: () => ['low'],
  setNotifyFlags: () => [['jobError', 'unknown:0x40']], setFileACLFlags: () => [['owner']], setPeerCachingFlags: () => [['enableClient']],
  setSecurityFlags: () => [['enableCrlCheck']], setHelperTokenFlags: () => [['network']], setConfigurationFlags: () => [['enableClient']],
  setNotifyInterface: () => [{ jobTransferred: listener(), jobError: listener() }],
  setMinimumRetryDelay: () => [60], setNoProgressTimeout: () => [60], setMaximumDownloadTime: () => [60],
  setProxySettings: () => ['override', 'proxy:80', '<local>'],
  setNotifyCmdLine: () => [`${data}\\none.exe`, 'none.exe x', { allowNotifyCommand: true, allowScriptHost: true }],
  setReplyFileName: () => [`${data}\\reply`],
  setCredentials: () => [{ target: 'server', scheme: 'basic', userName: 'u', password: 'p' }], removeCredentials: () => ['server', 'basic'],
  replaceRemotePrefix: () => ['http://a/', 'http://b/'],
  setProperty: property, getProperty: (random) => [property(random)[0]],
  setClientCertificateByID: () => ['currentUser', 'MY', new Uint8Array(20)], setClientCertificateByName: () => ['currentUser', 'MY', 'me'],
  setCustomHeaders: (random) => [headers(random)], setHttpMethod: () => ['POST'],
  setServerCertificateValidationInterface: () => [() => true, { timeoutMs: 1000 }],
  failure: () => [{ revealUrls: true }], explain: () => [{ revealUrls: true }],
  setRemoteName: () => ['http://127.0.0.1/z'], setValidationState: () => [true], updateDownloadPosition: () => [5],
  setMaximumCacheSize: () => [5], setMaximumContentAge: () => [86_400], getRecord: () => [ID], deleteRecord: () => [ID], deleteUrl: () => ['http://h/'],
  getErrorContextDescription: () => [0x409],
  codeOf: () => [0x80200003], hresultHex: () => [0x80200003], httpStatusOf: () => [0x80190194], isBitsError: () => [new Error('x'), 'BG_E_EMPTY'],
  watchProfile: () => ['unattended'],
};

/** The public methods and accessors of an object: [name, function, whether it sets]. */
function methodsOf(object) {
  const found = new Map();
  const type = object.constructor.name;
  for (let at = object; at !== Object.prototype && at !== Bound.prototype; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) {
      if (found.has(key) || INTERNAL.has(key) || INTERNAL.has(`${String(key)} in ${type}`)) continue;
      const member = Object.getOwnPropertyDescriptor(at, key);
      const made = typeof member.value === 'function' ? member.value : undefined;
      if (made !== undefined || member.get !== undefined) found.set(key, made ?? member.set ?? member.get);
    }
  }
  return [...found].map(([key, method]) => ({ type, name: typeof key === 'symbol' ? key.description : key, method, object }));
}

const isClass = (value) => /^class\b/.test(Function.prototype.toString.call(value));

/** The functions of the package, and those of its classes. */
const functions = () => Object.entries(library).flatMap(([name, value]) => {
  if (!isClass(value)) return [{ type: 'windows-bits', name, method: value, object: undefined }];
  const statics = Reflect.ownKeys(value).filter((key) => typeof value[key] === 'function' && !INTERNAL.has(key));
  return statics.map((key) => ({ type: name, name: String(key), method: value[key], object: value }));
});

/** Its classes, but for the errors. */
const classes = () => Object.values(library).filter((value) => isClass(value) && !(value.prototype instanceof Error));

// --- What may come of it ---

/** Words of the engine, or of the addon, about its own troubles. */
const INNER = /Cannot (read|set|convert|perform|destructure|access)|is not (a function|iterable|defined|a constructor|an object)|undefined is not|argument \d|private (member|field)|Maximum call stack|Invalid (array|typed|time)|incompatible receiver|ERR_INTERNAL/;

/** What is wrong with an error; undefined when nothing is. */
function verdictOn(error, { raw, probesFiles }) {
  try {
    inspect(error);
    String(error);
    JSON.stringify(error);
  } catch (thrown) {
    return `it cannot be logged: ${thrown}`;
  }
  if (error instanceof library.BitsError) return error.code === 'BITS_UNEXPECTED' ? 'it was not expected' : undefined;
  if (!(error instanceof TypeError || error instanceof RangeError)) return 'it is neither TypeError, RangeError nor BitsError';
  const { message, argument } = error;
  if (INNER.test(message)) return 'it is an inner error';
  if (typeof argument !== 'string') return 'it has no argument';
  const owner = argument.slice(0, argument.lastIndexOf('.')); // of an unknown option
  if (!message.includes(`"${argument}"`) && !message.includes(`"${owner}"`)) return 'it does not name the argument';
  if (raw > 0 && !probesFiles.test(message)) return `${raw} calls of the addon were made before it`;
  return undefined;
}

const problems = [];
/** The first call of the batch that runs. */
let batch = first;
function problem(what, call, error) {
  problems.push([
    `- ${what}`, call === undefined ? '' : `  call ${call.index}: ${call.type}.${call.name}: ${call.about}`,
    error === undefined ? '' : `  ${loggable(error)}`,
    `  again: node test/support/any_input.js --seed ${seed} --from ${batch} --calls ${BATCH}${given.service ? ' --service' : ''}${given.polluted ? ' --polluted' : ''}`,
  ].filter((line) => line !== '').join('\n'));
}

function loggable(error) {
  try {
    return inspect(error, { depth: 1 }).slice(0, 1500).replace(/\n/g, '\n  ');
  } catch {
    return 'an error that cannot be shown';
  }
}

/** What the caller's own listeners throw. */
const LISTENERS = /^(a listener of the caller threw|Class constructor Settings cannot be invoked|Cannot perform 'apply' on a proxy)/;
process.on('uncaughtException', (error) => {
  if (!LISTENERS.test(error.message)) problem('an uncaught exception', caller.getStore(), error);
});
process.on('unhandledRejection', (error) => problem('an unhandled rejection', caller.getStore(), error));
process.on('warning', () => {});

/** A folder where a file should be is found out by looking, which may be after calls. */
const probesFiles = /name a file, not a folder/;

// --- The run ---

/** One call: its arguments, and what became of it. Returns a promise that settles with it, or undefined. */
function perform(call, target, random, signal) {
  const right = RIGHT[target.name]?.(random, signal) ?? [];
  let args = right;
  let on = target.object;
  const how = random.next();
  if (how < 0.6) call.about = spoil(random, args);
  else if (how < 0.75) {
    const some = Array.from({ length: random.below(4) }, () => hostile(random));
    args = some.map(({ value }) => value);
    call.about = `(${some.map(({ name }) => name).join(', ')})`;
  } else if (how < 0.8 && on !== undefined) {
    const { name, value } = hostile(random);
    on = value;
    call.about = `on ${name}`;
  } else call.about = 'right arguments';
  const known = `${target.type}.${target.name}`;
  try {
    const result = caller.run(call, () => Reflect.apply(target.method, on, args));
    if (result instanceof Promise && target.name !== 'capabilities') promising.add(known); // accessors throw
    if (result instanceof Promise) return result.then(() => { outcomes.fine++; }, (error) => judge(call, error));
    if (target.name === 'watch') return follow(result, call);
  } catch (error) {
    judge(call, error);
    if (promising.has(known)) problem('it was thrown, where a promise should have been rejected', call, error);
  }
  return undefined;
}

/** Methods that have returned a promise. */
const promising = new Set();
/** How many calls ended how: most of them should be refused, and many not. */
const outcomes = { fine: 0, refused: 0, failed: 0 };

function judge(call, error) {
  outcomes[error instanceof library.BitsError ? 'failed' : 'refused']++;
  const wrong = verdictOn(error, { raw: call.raw, probesFiles });
  if (wrong !== undefined) problem(wrong, call, error);
}

/** Takes two snapshots of a watch. */
async function follow(stream, call) {
  try {
    await stream.next();
    await stream.next();
  } catch (error) {
    judge(call, error);
  }
  await stream.return();
}

async function runBatch(from, to, tally) {
  batch = from;
  let failRate = 0;
  const random = new Random(seed * 1_000_003 + from);
  const addon = given.service ? require('../../dist/native/load.js').loadAddon() : standIn();
  const fail = (group, method) => {
    if (given.service || !random.chance(failRate)) return undefined;
    return { hresult: random.pick(FAILURES), method: `IBackgroundCopy::${method}`, kind: random.pick(['call', 'call', 'interface', 'lost']) };
  };
  const bits = await connectThrough(() => counted(addon, fail));
  const job = await bits.createJob({ name: 'windows-bits any input' });
  const objects = [bits, bits.peerCache, job];
  if (given.service) await job.addFile('http://127.0.0.1:9/x', `${data}\\x.bin`);
  objects.push((await job.getFiles())[0]);
  if (!given.service) {
    objects.push(await job.getError(), (await bits.peerCache.getRecords())[0], (await bits.peerCache.getPeers())[0], job.watch({ interval: 0 }), (await bits.restore())[0]);
  }
  const targets = [...functions(), ...objects.flatMap(methodsOf)].filter(({ type, name }) => !(type === 'BitsManager' && /close|asyncDispose/.test(name)));
  for (const { type, name } of targets) tally.add(`${type}.${name}`);
  const missing = given.service ? [] : classes().filter((Class) => !objects.some((object) => object.constructor === Class));
  if (missing.length > 0) throw new Error(`no object of ${missing.map(({ name }) => name).join(', ')}: add one`);

  const controllers = [];
  const signal = () => {
    const controller = new AbortController();
    controllers.push(controller);
    if (random.chance(0.1)) controller.abort(hostile(random).value);
    return controller.signal;
  };
  failRate = 0.05;
  const pending = new Map();
  for (let index = from; index < to; index++) {
    // Every method has its turn; the rest is chance. The arguments depend on nothing but seed and index.
    const own = new Random(seed * 7_919 + index);
    const { type, name, method, object } = targets[own.chance(0.5) ? index % targets.length : own.below(targets.length)];
    const call = { index, type, name, about: '', raw: 0 };
    const settled = perform(call, { type, name, method, object }, own, signal);
    if (settled !== undefined) {
      pending.set(call, settled);
      void settled.then(() => pending.delete(call));
    }
    if (random.chance(0.1)) random.pick(controllers)?.abort(hostile(random).value);
    if (random.chance(0.2)) await new Promise(setImmediate);
  }
  const half = random.chance(0.5);
  if (half) for (const controller of controllers) controller.abort(hostile(random).value);
  const closing = [bits.close(), bits.close()]; // twice is harmless
  if (!half) for (const controller of controllers) controller.abort(hostile(random).value);
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(() => resolve('late'), PATIENCE); });
  if (await Promise.race([Promise.all([...pending.values(), ...closing]), late]) === 'late') {
    for (const call of pending.keys()) problem('it never settled', call);
    if (pending.size === 0) problem('close() never settled');
  }
  clearTimeout(timer);
}

/** A run that ends before its end (a promise that keeps nothing alive, an exit) is a failure, too. */
process.exitCode = 1;
let finished = false;
process.on('exit', () => {
  if (finished) return;
  problem('the run ended early');
  console.log(problems.join('\n'));
});

async function main() {
  const tally = new Set();
  const started = Date.now();
  if (given.polluted) pollute();
  for (let from = first; from < first + count && problems.length < 20; from += BATCH) {
    await runBatch(from, Math.min(from + BATCH, first + count), tally);
  }
  await new Promise((resolve) => setTimeout(resolve, 50)); // what is thrown late
  if (given.service) {
    const bits = await library.connect();
    for (const job of await bits.getJobs()) await job.cancel().catch(() => {});
    await bits.close();
  }
  process.chdir(os.tmpdir());
  fs.rmSync(home, { recursive: true, force: true });
  console.log(`${count} calls of ${tally.size} methods, seed ${seed}, ${((Date.now() - started) / 1000).toFixed(1)} s: ${problems.length} problems`);
  console.log(`${outcomes.fine} fine, ${outcomes.refused} refused, ${outcomes.failed} failed`);
  if (problems.length > 0) console.log(problems.join('\n'));
  finished = true;
  process.exitCode = problems.length > 0 ? 1 : 0;
}

void main();
