import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, download, isBitsError } from '../../lib';
import type { BitsManager, DownloadOptions } from '../../lib';
import { expectedOn } from '../support/expected_on';
import { held } from '../support/double';
import { run, startNode } from '../support/process';
import type { Served } from '../support/server';
import { net } from '../support/service';
import type { Service } from '../support/service';
import { FAULTS, MAX_SIZE, taskOf } from './plan';
import type { Fault, Task } from './plan';

/** Downloads under way at once. */
const WORKERS = 3;
/** What takes longer than this, in milliseconds, is looked into: Wine alone waits a minute for a service to start. */
const HANG = 70_000;
const HANGS = 'it hangs';
/** What takes this much longer still, hangs. */
const GRACE = 20_000;
/** So long, in milliseconds, no download has succeeded when it says what is under way. */
const SILENCE = 30_000;
/** After so many attempts a download has to have succeeded: nothing is in its way from the second one on. */
const ATTEMPTS = 6;
/** How much more the process may hold in the end than when it was warm, however long the soak. */
const GROWTH = { handles: 60, privateBytes: 48 << 20 };
/**
 * So many downloads for each second come first, with all faults but killed clients and restarts, and then the others. It
 * is there that handles are counted: under Wine, a plain COM client in C++ loses two with every proxy that it holds when
 * the service goes, too, and up to six with each killed program whose callbacks it asks for.
 */
const CALM = 0.6;
const PIECES = 8;
/** How long the first download from a server that does not answer waits for it. */
const IMPATIENCE = 2000;
const OLD = 'what was there before';

/** What the soak has to make allowances for. */
const service = () =>
  expectedOn<{ locksUp: boolean; keepsItsQueue: boolean; tellsTemporaryNames: boolean; ends: RegExp | null }>({
    windows: { locksUp: false, keepsItsQueue: true, tellsTemporaryNames: true, ends: null },
    // A process that has the number of a killed one is taken for it by Wine's COM, which may end it when it meets callbacks.
    wine: { locksUp: true, keepsItsQueue: false, tellsTemporaryNames: false, ends: /^Assertion failed: ifstub, / },
  });

/** A file of a task: what it is to be, and where. */
interface Wanted {
  readonly url: string;
  readonly path: string;
  readonly sha256: string;
  readonly body: Buffer;
}

/**
 * Downloads from a faulty server, by a faulty client, while the service is restarted. Whatever happens, a download ends
 * with verified files, or with a typed error and none; once nothing is in its way, it succeeds. `failures` has what was
 * otherwise.
 */
export class Soak {
  readonly failures: string[] = [];
  readonly #figures = {
    begun: 0,
    verified: 0,
    files: 0,
    bytes: 0,
    mirrors: 0,
    restarts: 0,
    lockups: 0,
    kills: 0,
    longest: 0,
    faults: new Map<Fault, number>(),
    reported: new Map<string, number>(),
  };
  readonly #pool = randomBytes(2 * MAX_SIZE);
  readonly #orphans = new Set<string>();
  readonly #started = performance.now();
  /** What the process held when it was warm, before the service was restarted again and again, and in the end. */
  #held: readonly Held[] = [];
  #next = 0;
  #restarting: Promise<void> | undefined;
  /** What each worker is doing. */
  readonly #doing = new Map<string, string>();
  /** When a download last succeeded, or what is under way was last said. */
  #spoken = performance.now();

  constructor(
    private readonly at: Service,
    private readonly seed: number,
  ) {}

  /** Each fault once, to be warm, and then whatever comes, for so long. */
  async run(seconds: number): Promise<void> {
    const silence = setInterval(() => this.#sayWhatIsUnderWay(), 1000);
    await this.#run(seconds).finally(() => clearInterval(silence));
  }

  async #run(seconds: number): Promise<void> {
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, async (_, i) => ({
        bits: await connect(),
        app: `soak ${process.pid} ${i}`,
      })),
    );
    const part = async (more: () => boolean, calm: boolean) => {
      await Promise.all(
        workers.map(async ({ bits, app }) => {
          while (more() && this.failures.length === 0) {
            await this.#task(bits, app, taskOf(this.seed, this.#next++, calm));
          }
        }),
      );
      this.at.server.disconnect(); // also what the service has forgotten to close
      return held();
    };
    const end = this.#started + seconds * 1000;
    const goesOn = () => performance.now() < end;
    const warm = await part(() => this.#next < FAULTS.length, false);
    const calmed = await part(() => this.#next < FAULTS.length + seconds * CALM && goesOn(), true);
    const ended = await part(goesOn, false);
    this.#held = [warm, calmed, ended];
    if (calmed.handles - warm.handles > GROWTH.handles) this.#fail('handles are lost');
    if (ended.privateBytes - warm.privateBytes > GROWTH.privateBytes) this.#fail('memory is lost');
    const error = await this.#inTime(() => Promise.all(workers.map(({ bits }) => bits.close())));
    if (error !== null) this.#fail(textOf(error));
    const left = fs.readdirSync(this.at.folder).filter((name) => !this.#orphans.has(name));
    if (left.length > 0) this.#fail(`files are left: ${left.join(', ')}`);
  }

  /** What has happened, as a table. */
  get figures(): string {
    const { begun, verified, files, bytes, mirrors, faults, reported } = this.#figures;
    const { restarts, lockups, kills, longest } = this.#figures;
    const megabytes = (count: number) => `${(count / (1 << 20)).toFixed(1)} MB`;
    const rows = {
      seed: this.seed,
      seconds: this.#seconds,
      'downloads begun': begun,
      'downloads verified': verified,
      'files verified': `${files}, ${megabytes(bytes)}`,
      'from a mirror': mirrors,
      ...Object.fromEntries([...reported].sort().map(([code, count]) => [`reported ${code}`, count])),
      ...Object.fromEntries(FAULTS.map((fault) => [`fault: ${fault}`, faults.get(fault) ?? 0])),
      'service restarts': restarts,
      'service locked up': lockups,
      'clients killed': kills,
      'longest operation': `${(longest / 1000).toFixed(1)} s`,
      handles: this.#held.map(({ handles }) => handles).join(' -> '),
      'private memory': this.#held.map(({ privateBytes }) => megabytes(privateBytes)).join(' -> '),
      failures: this.failures.length,
    };
    return Object.entries(rows)
      .map(([name, value]) => `  ${name.padEnd(36)}${value}\n`)
      .join('');
  }

  /** What a download puts up with. Windows takes its time to stop its service and to start it again. */
  get #patience() {
    return {
      maxTransientErrors: 0,
      serviceTimeout: expectedOn({ windows: 60_000, wine: 10_000 }),
      stallTimeout: 20_000,
    };
  }

  get #seconds(): number {
    return Math.round((performance.now() - this.#started) / 1000);
  }

  /** What hangs is found by this, when nothing else is said any more. */
  #sayWhatIsUnderWay(): void {
    if (performance.now() - this.#spoken < SILENCE) return;
    this.#spoken = performance.now();
    for (const [app, what] of this.#doing) process.stderr.write(`${this.#seconds} s: ${app}: ${what}\n`);
  }

  #fail(what: string, task?: Task): void {
    const failure = task === undefined ? what : `${what}, in ${JSON.stringify(task)}`;
    this.failures.push(failure);
    process.stderr.write(`${failure}\n`); // at once: what follows may hang
  }

  /** One download until it has succeeded. */
  async #task(bits: BitsManager, app: string, task: Task): Promise<void> {
    const { faults } = this.#figures;
    faults.set(task.fault, (faults.get(task.fault) ?? 0) + 1);
    const wanted = task.sizes.map((size, i) => this.#serve(task, size, i));
    const options: DownloadOptions = {
      ...this.#patience,
      ...(task.key ? { key: `task ${task.number}` } : {}),
      app,
      allowPartial: task.allowPartial,
      onAbort: task.onAbort,
      files: wanted.map(({ url, path: local, sha256, body }, i) => ({
        url,
        path: local,
        sha256,
        size: body.length,
        ...(task.mirror && i === task.victim ? { mirrors: [`${url}.mirror`] } : {}),
      })),
    };
    const reported: string[] = [];
    for (let attempt = 1; !this.#isThere(wanted); attempt++) {
      if (attempt > ATTEMPTS) {
        this.#fail(`it does not succeed: ${reported.join(', then ')}`, task);
        return;
      }
      this.#figures.begun++;
      const does = (what: string) => this.#doing.set(app, `${JSON.stringify(task)}, attempt ${attempt}: ${what}`);
      does('under way');
      const work = attempt === 1 ? () => this.#begin(bits, options, task) : () => this.#goOn(bits, options);
      reported.push(await this.#attempt(task, work, wanted));
      if (this.failures.length > 0) return;
      does(`${reported.at(-1)}, and then it waits for the service`);
      await this.#answered(bits, (error) => does(`the service: ${error}`));
      this.#mend(wanted);
    }
    this.#spoken = performance.now();
    this.#doing.set(app, `${JSON.stringify(task)}: done`);
    const verified = ++this.#figures.verified;
    if (verified % 100 === 0) process.stderr.write(`${this.#seconds} s: ${verified} downloads\n`);
    this.#figures.files += wanted.length;
    this.#figures.bytes += wanted.reduce((sum, { body }) => sum + body.length, 0);
    const error = await this.#inTime(() => this.#clear(bits, app, task, wanted));
    if (error !== null && !isBitsError(error)) this.#fail(textOf(error), task); // the service may be away just now
  }

  /**
   * While the service is away, and behind a call that is not answered, others fail at once: to try again then says
   * nothing. Under Wine, a call to a service that has gone may take a minute to come back; then the connection has to work
   * again.
   */
  async #answered(bits: BitsManager, unanswered: (why: string) => void): Promise<void> {
    const end = performance.now() + HANG;
    while (performance.now() < end) {
      const error = await this.#inTime(() => bits.getJobs());
      if (error === null) return;
      unanswered(textOf(error));
      await sleep(1000);
    }
  }

  /** Something that has to end with all files, or with an error that says what it is. Resolves with what it told. */
  async #attempt(task: Task, work: () => Promise<void>, wanted: readonly Wanted[]): Promise<string> {
    const error = await this.#inTime(work);
    if (error === null) {
      if (!this.#isThere(wanted)) this.#fail('it succeeds, and the files are not what they should be', task);
      return 'no error';
    }
    if (!isBitsError(error)) {
      this.#fail(textOf(error), task);
      return textOf(error);
    }
    this.#report(error.code);
    this.#checkWhole(task, wanted);
    return error.message;
  }

  /** Resolves with what was thrown, or null. */
  async #inTime(work: () => Promise<unknown>): Promise<unknown> {
    const started = performance.now();
    const ended = work().then(
      () => null,
      (error: unknown) => error,
    );
    let outcome = await within(HANG, ended);
    // Wine's service may lock itself up, and then answers nobody. Once it is gone, its clients are to notice.
    const silent = outcome === HANGS || isBitsError(outcome, 'BITS_NO_ANSWER');
    if (silent && service().locksUp && this.#restarting === undefined && !(await answers())) {
      this.#figures.lockups++;
      await this.#restart();
    }
    if (outcome === HANGS) outcome = await within(GRACE, ended);
    this.#figures.longest = Math.max(this.#figures.longest, performance.now() - started);
    return outcome;
  }

  #report(code: string): void {
    const { reported } = this.#figures;
    reported.set(code, (reported.get(code) ?? 0) + 1);
  }

  /** A download that meets its fault. */
  async #begin(bits: BitsManager, options: DownloadOptions, task: Task): Promise<void> {
    switch (task.fault) {
      case 'client killed':
        return this.#kill(bits, options, task);
      case 'service restarted': {
        const restarted = sleep(task.after).then(() => this.#restart());
        return this.#finished(bits.download(options)).finally(() => restarted);
      }
      case 'aborted':
        return this.#finished(bits.download({ ...options, signal: AbortSignal.timeout(task.after) }));
      case 'closed': {
        const other = await connect();
        const closed = sleep(task.after).then(() => other.close());
        return this.#finished(other.download(options)).finally(() => closed);
      }
      case 'no answer':
        return this.#finished(bits.download({ ...options, stallTimeout: IMPATIENCE }));
      default:
        return this.#finished(task.number % 2 === 0 ? bits.download(options) : download(options));
    }
  }

  async #finished(running: ReturnType<BitsManager['download']>): Promise<void> {
    const { files } = await running;
    this.#figures.mirrors += files.filter(({ source }) => source > 0).length;
    const failed = files.find(({ status }) => status === 'failed');
    if (failed !== undefined) throw failed.error ?? new Error('a file failed without an error');
  }

  /** What a program does when it starts again: goes on with what it finds. */
  async #goOn(bits: BitsManager, options: DownloadOptions): Promise<void> {
    if (options.key === undefined) {
      for (const restored of await bits.restore({ app: options.app ?? '' })) await restored.finish(this.#patience);
    }
    await this.#finished(bits.download(options));
  }

  /** Another process begins, and is killed; we go on. */
  async #kill(bits: BitsManager, options: DownloadOptions, task: Task): Promise<void> {
    const script = path.join(__dirname, '../support/download_child.js');
    // Others may have left many jobs in the queue, of which one is warned.
    const child = await startNode(['--no-warnings', script, JSON.stringify(options)]);
    let problem = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      problem += text;
    });
    const ended = once(child, 'close');
    await Promise.race([once(child.stdout, 'data'), ended]);
    await Promise.race([sleep(task.after), ended]);
    if (child.kill('SIGKILL')) this.#figures.kills++;
    await ended;
    // Without that, it met something else before it was killed, and has told.
    const told = problem.replaceAll('\0', ''); // Wine writes UTF-16
    if (told !== '' && !told.startsWith('Bits') && service().ends?.test(told) !== true)
      this.#fail(`the client says ${told}`, task);
    await this.#goOn(bits, options);
  }

  /** Stops the service and starts it again; who waits may have woken it already. */
  #restart(): Promise<void> {
    const does = (what: string) => this.#doing.set('restart', what);
    this.#restarting ??= (async () => {
      does('the service is stopped');
      await net('stop').then(
        () => {
          this.#figures.restarts++;
        },
        () => undefined,
      );
      does('the service is started');
      // Where the queue does not survive that, nobody removes its temporary files any more.
      if (!service().keepsItsQueue) for (const name of this.#temporaries()) this.#orphans.add(name);
      await net('start').catch(() => undefined);
    })().finally(() => {
      this.#restarting = undefined;
      this.#doing.delete('restart');
    });
    return this.#restarting;
  }

  #temporaries(): string[] {
    return fs.readdirSync(this.at.folder).filter((name) => /^BIT.*tmp$/i.test(name));
  }

  #serve({ number, fault, victim, mirror, replaces, delay }: Task, size: number, index: number): Wanted {
    const name = `${number}-${index}.bin`;
    const from = (number * 7919 + index * 104_729) % MAX_SIZE;
    const body = this.#pool.subarray(from, from + size);
    const slow = { body, chunk: Math.ceil(size / PIECES), delay };
    const faulty: Partial<Record<Fault, Served>> = {
      'connection cut': { ...slow, cut: size / 2 },
      'status 500': { status: 500 },
      'status 404': { status: 404 },
      'wrong content': { body: Buffer.alloc(size) },
      'no answer': { silent: true },
      none: { body },
    };
    this.at.server.files.set(`/${name}`, index === victim ? (faulty[fault] ?? slow) : { body });
    if (mirror) this.at.server.files.set(`/${name}.mirror`, { body });
    const local = path.join(this.at.folder, name);
    if (replaces) fs.writeFileSync(local, OLD);
    return { url: this.at.server.url(`/${name}`), path: local, sha256: sha256Of(body), body };
  }

  /** From now on the server has the files. */
  #mend(wanted: readonly Wanted[]): void {
    for (const { url, body } of wanted) {
      const { pathname } = new URL(url);
      this.at.server.files.set(pathname, { body });
      this.at.server.hangUp(pathname);
    }
  }

  #isThere(wanted: readonly Wanted[]): boolean {
    return wanted.every((file) => this.#look(file) === 'right');
  }

  #look({ path: local, sha256 }: Wanted): 'none' | 'old' | 'right' | 'wrong' {
    if (!fs.existsSync(local)) return 'none';
    const found = fs.readFileSync(local);
    if (sha256Of(found) === sha256) return 'right';
    return found.toString() === OLD ? 'old' : 'wrong';
  }

  /** After an error no file is half there, or something else. */
  #checkWhole(task: Task, wanted: readonly Wanted[]): void {
    for (const file of wanted) {
      const found = this.#look(file);
      if (found === 'wrong' || found === (task.replaces ? 'none' : 'old')) this.#fail(`${file.path} is ${found}`, task);
    }
  }

  /** After success nothing is left of it: no job, no other file. */
  async #clear(bits: BitsManager, app: string, task: Task, wanted: readonly Wanted[]): Promise<void> {
    for (const { path: local } of wanted) {
      fs.rmSync(local);
      const name = path.basename(local);
      for (const beside of fs.readdirSync(this.at.folder).filter((other) => other.startsWith(name))) {
        // Where BITS does not tell its temporary names, a client that is killed between completing its job and renaming
        // the files leaves them, and nobody knows about them any more.
        const mayBe = !service().tellsTemporaryNames && task.fault === 'client killed';
        if (mayBe && beside.endsWith('.bits')) fs.rmSync(path.join(this.at.folder, beside));
        else this.#fail(`a file is left: ${beside}`, task);
      }
      for (const served of [`/${name}`, `/${name}.mirror`]) this.at.server.files.delete(served);
    }
    this.at.server.requests.length = 0;
    for (const { jobId, key, status } of await bits.restore({ app })) {
      this.#fail(`a job is left: ${jobId}, ${key}, ${status}`, task);
    }
  }
}

type Held = Awaited<ReturnType<typeof held>>;

/** Whether the service answers another process. */
function answers(): Promise<boolean> {
  const ask = "require('windows-bits').connect().then((bits) => bits.getJobs()).then(() => process.exit())";
  const asked = run(process.execPath, ['-e', ask], { cwd: __dirname, timeout: GRACE });
  return asked.then(
    () => true,
    () => false,
  );
}

/** The promise, or HANGS when it takes longer. */
async function within(time: number, promise: Promise<unknown>): Promise<unknown> {
  const watchdog = new AbortController();
  const late = sleep(time, HANGS, { signal: watchdog.signal }).catch(() => HANGS);
  const first = await Promise.race([promise, late]);
  watchdog.abort();
  return first;
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : JSON.stringify(thrown);
}

function sha256Of(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
