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
const { ComObject } = require('../../dist/bits/com_object.js');
const library = require('../../dist/index.js');
const { connectTo } = require('../../dist/connect.js');
const { rightArguments } = require('./any_arguments.js');
const { GROUPS, standIn } = require('./any_stand_in.js');
const { Random, hostile, spoil } = require('./any_values.js');

const { values: given } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    calls: { type: 'string', default: '10000' },
    from: { type: 'string', default: '0' },
    service: { type: 'boolean', default: false },
    polluted: { type: 'boolean', default: false },
  },
});
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
  'binary',
  'allowNotifyCommand',
  'allowScriptHost',
  'allUsers',
  'ref',
  'timeout',
  'files',
  'mirrors',
  'ranges',
  'sha256',
  'headers',
  'key',
  'app',
  'owner',
  'description',
  'priority',
  'createFolders',
  'allowPartial',
  'onProgress',
  'onAbort',
  'timeout',
  'stallTimeout',
  'serviceTimeout',
  'maxTransientErrors',
  'interval',
  'until',
  'olderThan',
  'states',
  'reply',
  'replyPath',
  'userName',
  'password',
  'target',
  'scheme',
  'jobTransferred',
  'jobError',
  'revealUrls',
];
function pollute() {
  for (const name of POLLUTION) {
    const value = { value: 'polluted', writable: true, configurable: true, enumerable: true };
    Object.defineProperty(Object.prototype, name, value);
  }
}

// --- The addon, with calls counted for whoever caused them ---

const caller = new AsyncLocalStorage();

function counted(addon, failing) {
  const group = (name) =>
    new Proxy(addon[name], {
      get:
        (target, method) =>
        (handle, ...args) => {
          const call = caller.getStore();
          if (call !== undefined) call.raw++;
          const failure = failing(name, method);
          return failure === undefined ? target[method](handle, ...args) : Promise.reject(failure);
        },
    });
  return { ...addon, ...Object.fromEntries(GROUPS.map((name) => [name, group(name)])) };
}

/** Not those of files in use: they are waited for. */
const FAILURES = [
  0x80200001, 0x80200002, 0x80200003, 0x8020000f, 0x800706ba, 0x80070057, 0x80004001, 0x80004002, 0x80200051,
  0x8020ffff,
];

// --- What is called ---

const right = rightArguments(data);

/** Not for callers: what the declarations leave out. */
const INTERNAL = new Set([
  Symbol.toStringTag,
  Symbol.hasInstance,
  inspect.custom,
  'prototype',
  'isOf',
  'isOwn',
  'constructor',
  'context',
  'waitWith',
  'registerCallbacks',
  'unregisterCallbacks',
  'callbacksWithdrawn',
  'interfaces',
  'createJobFrom',
  'shared',
  'limited',
  'background',
  'standard',
  'isStuck',
  'host',
  'callbacksReplaced',
  'withoutCallbacks',
  'serviceTimeout',
  'complete in Restored',
  'fail in Restored',
  'observed in WatchStream',
  'failed in WatchStream',
]);

/** The public methods and accessors of an object; of an accessor the setter, where it has one. */
function methodsOf(object) {
  const found = new Map();
  const type = object.constructor.name;
  for (let at = object; at !== Object.prototype && at !== ComObject.prototype; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) {
      if (found.has(key) || INTERNAL.has(key) || INTERNAL.has(`${String(key)} in ${type}`)) continue;
      const member = Object.getOwnPropertyDescriptor(at, key);
      const made = typeof member.value === 'function' ? member.value : undefined;
      if (made !== undefined || member.get !== undefined) found.set(key, made ?? member.set ?? member.get);
    }
  }
  return [...found].map(([key, method]) => ({
    type,
    name: typeof key === 'symbol' ? key.description : key,
    method,
    object,
  }));
}

const isClass = (value) => /^class\b/.test(Function.prototype.toString.call(value));

/** The functions of the package, and those of its classes. */
const functions = () =>
  Object.entries(library).flatMap(([name, value]) => {
    if (!isClass(value)) return [{ type: 'windows-bits', name, method: value, object: undefined }];
    const statics = Reflect.ownKeys(value).filter((key) => typeof value[key] === 'function' && !INTERNAL.has(key));
    return statics.map((key) => ({ type: name, name: String(key), method: value[key], object: value }));
  });

/** Its classes, but for the errors. */
const classes = () => Object.values(library).filter((value) => isClass(value) && !(value.prototype instanceof Error));

// --- What may come of it ---

/** Words of the engine, or of the addon, about its own troubles. */
const INNER = new RegExp(
  [
    'Cannot (read|set|convert|perform|destructure|access)',
    'is not (a function|iterable|defined|a constructor|an object)',
    'undefined is not',
    'argument \\d',
    'private (member|field)',
    'Maximum call stack',
    'Invalid (array|typed|time)',
    'incompatible receiver',
    'ERR_INTERNAL',
  ].join('|'),
);

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
  const forArguments = error instanceof TypeError || error instanceof RangeError;
  if (!forArguments) return 'it is neither TypeError, RangeError nor BitsError';
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
  const flags = ['service', 'polluted']
    .filter((name) => given[name])
    .map((name) => ` --${name}`)
    .join('');
  problems.push(
    [
      `- ${what}`,
      call === undefined ? '' : `  call ${call.index}: ${call.type}.${call.name}: ${call.about}`,
      error === undefined ? '' : `  ${loggable(error)}`,
      `  again: node test/support/any_input.js --seed ${seed} --from ${batch} --calls ${BATCH}${flags}`,
    ]
      .filter((line) => line !== '')
      .join('\n'),
  );
}

function loggable(error) {
  try {
    return inspect(error, { depth: 1 }).slice(0, 1500).replace(/\n/g, '\n  ');
  } catch {
    return 'an error that cannot be shown';
  }
}

/** What the caller's own listeners throw. */
const LISTENERS =
  /^(a listener of the caller threw|Class constructor Settings cannot|Cannot perform 'apply' on a proxy)/;
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
  let args = right[target.name]?.(random, signal) ?? [];
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
    if (result instanceof Promise)
      return result.then(
        () => {
          outcomes.fine++;
        },
        (error) => judge(call, error),
      );
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
  const addon = given.service ? require('../../dist/native/load.js').loadAddon() : standIn(data);
  const fail = (group, method) => {
    if (given.service || !random.chance(failRate)) return undefined;
    const kind = random.pick(['call', 'call', 'interface', 'lost']);
    return { hresult: random.pick(FAILURES), method: `IBackgroundCopy::${method}`, kind };
  };
  const bits = await connectTo(counted(addon, fail));
  const job = await bits.createJob({ name: 'windows-bits any input' });
  const objects = [bits, bits.peerCache, job];
  if (given.service) await job.addFile('http://127.0.0.1:9/x', `${data}\\x.bin`);
  objects.push((await job.getFiles())[0]);
  if (!given.service) {
    const lists = [bits.peerCache.getRecords(), bits.peerCache.getPeers(), bits.restore()];
    const [[record], [peer], [restored]] = await Promise.all(lists);
    objects.push(await job.getError(), record, peer, restored, job.watch({ interval: 0 }));
  }
  const closes = ({ type, name }) => type === 'BitsManager' && /close|asyncDispose/.test(name); // comes at the end
  const targets = [...functions(), ...objects.flatMap(methodsOf)].filter((target) => !closes(target));
  for (const { type, name } of targets) tally.add(`${type}.${name}`);
  const missing = classes().filter(
    (Class) => !given.service && !objects.some((object) => object.constructor === Class),
  );
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
    const { type, name, method, object } =
      targets[own.chance(0.5) ? index % targets.length : own.below(targets.length)];
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
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve('late'), PATIENCE);
  });
  if ((await Promise.race([Promise.all([...pending.values(), ...closing]), late])) === 'late') {
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
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${count} calls of ${tally.size} methods, seed ${seed}, ${seconds} s: ${problems.length} problems`);
  console.log(`${outcomes.fine} fine, ${outcomes.refused} refused, ${outcomes.failed} failed`);
  if (problems.length > 0) console.log(problems.join('\n'));
  finished = true;
  process.exitCode = problems.length > 0 ? 1 : 0;
}

void main();
