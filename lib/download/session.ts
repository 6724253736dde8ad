import path from 'node:path';
import { discard } from './cancel_job';
import {
  BitsEndedError,
  BitsNotFoundError,
  BitsNotSupportedError,
  BitsStalledError,
  BitsStateError,
  BitsTimeoutError,
  BitsTransferError,
  BitsUnavailableError,
  BitsVerificationError,
  isBitsError,
  withoutJob,
} from '../errors';
import type { JobLeft } from '../errors';
import type { BitsJob } from '../job';
import type { JobQueue } from './job_queue';
import { ANSWER_LIMIT } from '../util/limits';
import { leaveJob } from '../watch/wait';
import type { WatchSnapshot } from '../watch/snapshot';
import { percentOf } from '../watch/snapshot';
import { attempted } from '../util/deadline';
import { blamesSource, isAboutThisComputer } from './failure_cause';
import type { Caller } from './caller';
import { parseHttp } from './http_answer';
import { makeFolder } from './targets';
import { filesOf, itemOf, look, newItem, sideSuffix, startOver } from './file_state';
import type { Item } from './file_state';
import { makePart } from './new_job';
import type { Plan } from './request';
import { awaitMove, checkTarget, completeJob, moveFile, removeFile, tidyFile } from './publish_file';
import { askTemporaryNames, temporaryNamesExpected, temporaryNamesKnown } from './placement/temporary_names';
import { errorOfAll } from './combined_error';
import type { DownloadProgress, DownloadResult } from './options';
import { sizeOf, verify, verifySealed } from './verify';

/** A file that must come from elsewhere, and why. */
interface Defect {
  readonly item: Item;
  readonly error: Error;
}

/** For whom a transfer runs. */
export interface Run {
  readonly caller: Caller<DownloadProgress>;
  /** The caller's limits, with the caller's own signal. */
  readonly patience: Plan['patience'];
  /** Whether others want it, too: then the caller's leaving leaves it to them. */
  readonly shared?: () => boolean;
}

/**
 * A download from the first job to the last file. It owns its jobs from the moment they exist: it ends with files in
 * place and no job; or with neither; or with jobs that are handed over, to a later call or to `restore()`.
 *
 * Mostly there is one job. Where BITS cannot change the URL of a file, or a file is given up, another job is made for
 * the files that are missing; those before it stay, with what they have, until all are completed.
 */
export class Transfer {
  readonly #items: Item[];
  #started = 0;
  /** Jobs that have not ended, in the order they were made; the last one is transferring. */
  #parts: BitsJob[] = [];
  #number = 0;
  #jobId = '';
  #adopted = false;
  /** Everything is verified: from here on nothing is thrown away. */
  #verified = false;

  /** Files arrive under another name beside the final one, because this BITS does not tell its temporary names. */
  #side = false;
  /** The service cannot tell what the server answered. */
  #withoutHttp = false;

  /** `listeners`: who is told the progress; they do not throw. */
  constructor(
    private readonly bits: JobQueue,
    private readonly plan: Plan,
    private readonly id: string,
    private readonly listeners: ReadonlySet<(progress: DownloadProgress) => void>,
  ) {
    this.#items = plan.files.map((file) => newItem(file, file.path));
  }

  /** Everything has been verified: what is left to do is to put the files in place. */
  get verified(): boolean {
    return this.#verified;
  }

  get #active(): BitsJob | undefined {
    return this.#parts.at(-1);
  }

  /** Goes on with jobs of an earlier process, in the order they were made. `side`: as they were made. */
  async adopt(parts: readonly BitsJob[], nextPart: number, side: boolean): Promise<void> {
    this.#adopted = true;
    this.#nameFiles(side);
    this.#parts = [...parts];
    this.#number = nextPart;
    for (const job of parts) {
      this.#jobId = job.id;
      // The later job is the one to rely on, unless an earlier one has the file already.
      for (const { item } of await filesOf(job, this.#items)) if (!item.arrived) item.job = job;
      await this.#look(job);
    }
  }

  /** Runs to the end, whichever it is. May be called again after an error, when everything is verified. */
  async run(run: Run): Promise<DownloadResult> {
    this.#started = run.caller.started;
    try {
      if (!this.#verified) {
        if (this.#adopted) await this.#goOn();
        else await this.#begin(run);
        await this.#fetch(run);
      }
      await this.#publish(run);
      return this.#result();
    } catch (error) {
      if (await this.#doneByAnother(error, run).catch(() => false)) return this.#result();
      throw await this.#giveUp(error, run);
    }
  }

  /** Gives the whole transfer up. Rejects when a job could not be cancelled; calling it again tries those again. */
  async cancel(): Promise<void> {
    const jobs = this.#parts.splice(0);
    const [outcomes] = await Promise.all([Promise.allSettled(jobs.map((job) => discardIfThere(job))), this.#sweep()]);
    this.#parts = jobs.filter((_, i) => outcomes[i]?.status === 'rejected');
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #begin({ caller }: Run): Promise<void> {
    if (this.plan.createFolders) {
      const folders = new Set(this.plan.files.map((file) => path.win32.dirname(file.path)));
      for (const folder of folders) await makeFolder(folder);
    }
    for (const { path: name } of this.plan.files) await checkTarget(name);
    caller.check();
    await this.#addPart(this.#items);
  }

  /** What an earlier process began may be suspended or in error, or ask a URL that is not wanted any more. */
  async #goOn(): Promise<void> {
    const active = this.#active;
    const missing = this.#items.filter((item) => !item.arrived);
    if (active === undefined || missing.some((item) => item.job !== active)) {
      if (missing.length > 0) await this.#split(missing);
      return;
    }
    if (missing.length === 0) return;
    for (const { item, file } of await filesOf(active, missing)) {
      const remote = await file.getRemoteName();
      const source = item.file.urls.indexOf(remote);
      if (source >= 0) item.source = source;
      else if (!(await this.#rename([item]))) {
        await this.#split(missing);
        return;
      }
    }
    await active.resume().catch((error: unknown) => {
      // It may have been transferred meanwhile.
      if (!(error instanceof BitsStateError)) throw error;
    });
  }

  /** Until everything has arrived and is verified. */
  async #fetch(run: Run): Promise<void> {
    for (;;) {
      await this.#transfer(run);
      await this.#noteAnswers();
      const defects = await this.#inspect(run);
      if (defects.length === 0) break;
      await this.#repair(defects);
    }
    this.#verified = true;
  }

  /** Until the last job is transferred. A failing file is fetched from its next mirror. */
  async #transfer({ patience }: Run): Promise<void> {
    for (;;) {
      const active = this.#active;
      if (active === undefined) return;
      try {
        await active.waitWith({
          ...patience,
          onAbort: 'detach',
          until: new Set(['transferred']),
          onLook: (snapshot) => {
            this.#report(active, snapshot);
          },
          giveUp: (error) => blamesSource(error) && hasMirror(this.#culprit(error, active)),
        });
        await this.#look(active);
        return;
      } catch (error) {
        if (!(error instanceof BitsTransferError)) throw error;
        await this.#look(active);
        const item = this.#culprit(error, active);
        if (item === undefined) throw error;
        await this.#repair([{ item, error }]);
      }
    }
  }

  /** The file that a job failed at; where BITS does not say, the first that has not arrived. */
  #culprit(error: BitsTransferError, job: BitsJob): Item | undefined {
    const own = this.#items.filter((item) => item.job === job && item.failure === null);
    return itemOf(own, error.file?.localName) ?? own.find((item) => !item.arrived);
  }

  async #look(job: BitsJob): Promise<void> {
    // BITS itself notices when a connection breaks; services without temporary names need not.
    await look(job, this.#items, this.#side && !this.plan.dynamicContent);
  }

  /** Reads what the server answered, while the jobs are there to tell. */
  async #noteAnswers(): Promise<void> {
    for (const job of this.#parts) {
      const own = this.#items.filter((item) => item.job === job && item.arrived && item.http === null);
      if (own.length === 0) continue;
      for (const { item, file } of await filesOf(job, own)) {
        if (this.#withoutHttp) return;
        item.http = parseHttp(
          await file.getProperty('httpResponseHeaders').catch((error: unknown) => {
            if (error instanceof BitsNotSupportedError) this.#withoutHttp = true;
            return null; // worth knowing, and no more
          }),
        );
      }
    }
  }

  /** Files that are not what they should be. Those that are need not be looked at again. */
  async #inspect({ patience: { signal } }: Run): Promise<Defect[]> {
    const items = this.#items.filter((item) => item.failure === null && !item.verified);
    const damaged = items.flatMap((item) => (item.damage === null ? [] : [{ item, error: item.damage }]));
    if (damaged.length > 0) return damaged;
    const { check } = this.plan;
    const known = this.plan.files.some((file) => file.size !== null || file.sha256 !== null);
    if (this.#side) await this.#place(signal);
    const names = this.#side || (!known && check === null) ? null : await this.#temporaryNames(items);
    const at = (item: Item) => names?.get(item) ?? item.local;
    if (!known && check !== null) {
      const error = await verifySealed(
        check,
        items.map((item) => ({ at: at(item), path: item.file.path })),
        signal,
      );
      if (error !== null) throw error; // nobody knows which file, nor where else to get it
    }
    const defects: Defect[] = [];
    for (const item of items) {
      const nothing = item.file.size === null && item.file.sha256 === null;
      const error = nothing && !this.#side ? null : await verify(at(item), item.file, signal);
      if (error === null) item.verified = true;
      else defects.push({ item, error });
    }
    return defects;
  }

  /** Has BITS put the files under the names that it was told. */
  async #place(signal: AbortSignal | undefined): Promise<void> {
    while (this.#parts[0] !== undefined) {
      const [job] = this.#parts;
      await completeJob(job, this.#targetsOf(job), signal);
      this.#parts.shift();
      for (const item of this.#items) if (item.job === job && item.arrived) item.placed = true;
    }
  }

  /** The names under which a job's files are to appear. */
  #targetsOf(job: BitsJob): string[] {
    return this.#items.filter((item) => item.job === job).map(({ local }) => local);
  }

  async #temporaryNames(items: readonly Item[]): Promise<Map<Item, string>> {
    const names = new Map<Item, string>();
    for (const job of this.#parts) {
      const own = items.filter((item) => item.job === job);
      for (const { item, file } of await filesOf(job, own)) names.set(item, await file.getTemporaryName());
    }
    return names;
  }

  /** Has the files fetched from elsewhere; throws the first error when there is no elsewhere. */
  async #repair(defects: readonly Defect[]): Promise<void> {
    for (const { item, error } of defects) {
      item.errors.push(error);
      const ofTransfer = error instanceof BitsTransferError;
      if (hasMirror(item) && (!ofTransfer || blamesSource(error))) item.source++;
      else if (this.plan.allowPartial && !(ofTransfer && isAboutThisComputer(error.hresult ?? 0)))
        item.failure = errorOfAll(item.errors);
      else throw errorOfAll(item.errors);
    }
    if (this.#items.every(({ failure }) => failure !== null))
      throw defects[0]?.item.failure ?? new Error('nothing to repair');
    const active = this.#active;
    const bad = defects.filter(({ error }) => error instanceof BitsVerificationError).map(({ item }) => item);
    for (const item of bad) if (item.placed) await removeFile(item.local);
    const given = defects.some(({ item }) => item.failure !== null);
    if (
      active !== undefined &&
      !given &&
      defects.every(({ item }) => item.job === active) &&
      (await this.#rename(
        defects.map(({ item }) => item),
        bad,
      ))
    ) {
      for (const { item } of defects) startOver(item);
      await active.resume();
      return;
    }
    // A bad file in a job would appear under its name with the good ones: then nothing of that job is kept.
    const spoilt = this.#side ? [] : bad.map((item) => item.job);
    for (const item of this.#items) {
      if (bad.includes(item) || (spoilt.includes(item.job) && item.job !== null)) startOver(item);
    }
    const missing = this.#items.filter((item) => !item.arrived && item.failure === null);
    if (missing.length > 0) await this.#split(missing);
    else await this.#drop();
  }

  /** Changes the URLs on the job itself; false where BITS cannot. What has arrived wrong is declared invalid first. */
  async #rename(items: readonly Item[], bad: readonly Item[] = []): Promise<boolean> {
    const active = this.#active;
    if (active === undefined) return false;
    try {
      for (const { item, file } of await filesOf(active, items)) {
        await file.setRemoteName(item.file.urls[item.source] ?? '');
        if (bad.includes(item)) await file.setValidationState(false);
      }
      return true;
    } catch (error) {
      if (error instanceof BitsNotSupportedError) return false;
      throw error;
    }
  }

  /** Another job for these files. The one before keeps what it has; it may not go on with what it has not. */
  async #split(items: readonly Item[]): Promise<void> {
    const former = this.#active;
    await this.#addPart(items);
    await this.#drop();
    if (former !== undefined && this.#parts.includes(former)) await former.suspend().catch(() => undefined);
  }

  /** Cancels jobs that have nothing to give. */
  async #drop(): Promise<void> {
    for (const job of [...this.#parts]) {
      if (this.#items.some((item) => item.job === job && item.failure === null)) continue;
      this.#parts.splice(this.#parts.indexOf(job), 1);
      await discard(job);
    }
  }

  async #addPart(items: readonly Item[]): Promise<void> {
    const job = await this.#makePart(items);
    this.#number++;
    this.#jobId = job.id;
    this.#parts.push(job);
    for (const item of items) item.job = job;
    try {
      await job.resume();
    } catch (error) {
      this.#parts.pop();
      await discard(job).catch(() => undefined); // the first error is the one to tell
      throw error;
    }
  }

  /** A job that is not resumed yet. Under which names its files arrive is known once a file of it could be asked. */
  async #makePart(items: readonly Item[]): Promise<BitsJob> {
    const first = this.#parts.length === 0 && !this.#adopted;
    if (first) this.#nameFiles(!temporaryNamesExpected(this.bits));
    const job = await makePart(this.bits, this.plan, this.#tag(), items);
    if (!first || temporaryNamesKnown(this.bits) !== undefined) return job;
    try {
      if ((await askTemporaryNames(this.bits, job)) !== this.#side) return job;
    } catch (error) {
      await discard(job).catch(() => undefined); // the first error is the one to tell
      throw error;
    }
    await discard(job);
    this.#nameFiles(!this.#side);
    return makePart(this.bits, this.plan, this.#tag(), items);
  }

  #tag(): Parameters<typeof makePart>[2] {
    const { owner, key, set, check } = this.plan;
    return { owner, key, id: this.id, part: this.#number, side: this.#side, set, check };
  }

  #nameFiles(side: boolean): void {
    this.#side = side;
    for (const item of this.#items) item.local = side ? item.file.path + sideSuffix(this.id) : item.file.path;
  }

  /** The verified files get their names. */
  async #publish({ patience: { signal } }: Run): Promise<void> {
    await this.#place(signal);
    for (const item of this.#items) {
      if (!this.#side) continue;
      if (item.failure !== null) await tidyFile(item.local);
      else if (item.placed) await moveFile(item.local, item.file.path, signal);
      item.placed = false;
    }
    for (const item of this.#items) if (item.failure === null) await this.#measure(item);
  }

  /** The size is the file's own: not every service counts all bytes. */
  async #measure(item: Item): Promise<void> {
    const { path: name } = item.file;
    const error = await verify(name, { path: name, size: null, sha256: null });
    if (error !== null) throw error;
    item.bytes = (await sizeOf(name)) ?? 0;
  }

  /** Somebody else, of another process with the same key, say, has completed the job: then the files are there soon. */
  async #doneByAnother(error: unknown, { patience: { signal } }: Run): Promise<boolean> {
    const state = error instanceof BitsEndedError || error instanceof BitsStateError ? error.state : undefined;
    if (state !== 'acknowledged') return false;
    if (this.#side) await Promise.all(this.#items.map(({ local }) => awaitMove(local, signal)));
    for (const item of this.#items) {
      if ((await verify(item.file.path, item.file, signal)) !== null) return false;
      await this.#measure(item);
    }
    this.#adopted = true;
    await this.cancel().catch(() => undefined); // what another process has ended is gone
    return true;
  }

  /** Cancels or hands over; returns the error to throw. */
  async #giveUp(thrown: unknown, run: Run): Promise<unknown> {
    const { caller, shared } = run;
    if (caller.signal.aborted && !caller.timedOut) return this.#abort(run);
    const error = caller.timedOut ? caller.error({ jobId: this.#jobId === '' ? undefined : this.#jobId }) : thrown;
    const later =
      error instanceof BitsTimeoutError || error instanceof BitsStalledError || error instanceof BitsUnavailableError;
    // What is verified only waits for a file that is in use; what has a key, or was restored, is found again; what is
    // closed cannot be called.
    const wanted = this.plan.key !== null || this.#adopted || shared?.() === true;
    const goesOn = (later && wanted) || isBitsError(error, 'BITS_CLOSED');
    const kept = this.#verified ? wanted || !caller.timedOut : goesOn && !this.#stranded;
    if (kept) return error;
    return this.cancel().then(
      () => withoutJob(error),
      () => error,
    );
  }

  async #abort({ caller, patience: { onAbort }, shared }: Run): Promise<Error> {
    if (this.#jobId === '') return caller.error();
    const how = this.#stranded ? 'cancel' : shared?.() === true ? 'detach' : onAbort;
    if (how === 'cancel') await this.#sweep();
    let left: JobLeft = 'cancelled';
    let refused: unknown;
    for (const outcome of await Promise.all(this.#parts.map((job) => leaveJob(job, how)))) {
      left = outcome.left;
      refused ??= outcome.refused;
    }
    return caller.error({ jobId: this.#jobId, left, refused });
  }

  /** Some files lie under a name of ours and are in no job any more: nobody could go on with them. */
  get #stranded(): boolean {
    return this.#side && this.#items.some(({ placed }) => placed);
  }

  /** Removes files that lie under a name of ours. */
  async #sweep(): Promise<void> {
    this.#verified = false; // nothing is left to be put in place
    const placed = this.#items.filter((item) => this.#side && item.placed);
    // A file that is in use is removed later, in the background.
    await attempted(
      this.bits.connection.host.clock,
      ANSWER_LIMIT,
      Promise.all(placed.map((item) => tidyFile(item.local))),
    );
  }

  #report(active: BitsJob, { state, bytes, total, rate, eta, progress }: WatchSnapshot): void {
    if (this.listeners.size === 0) return;
    const kept = this.#items.filter((item) => item.job !== active && item.arrived);
    const sizes = this.plan.files.map(({ size }) => size);
    const before = kept.reduce((sum, item) => sum + item.bytes, 0);
    const known = sizes.every((size) => size !== null) ? sizes.reduce((sum, size) => sum + size, 0) : null;
    const all = total === null ? known : total + before;
    const value: DownloadProgress = Object.freeze({
      jobId: active.id,
      state,
      bytes: bytes + before,
      total: all,
      percent: percentOf(bytes + before, all, state === 'transferred'),
      rate,
      eta: eta ?? (rate === null || rate === 0 || all === null ? null : Math.max(0, all - bytes - before) / rate),
      filesTotal: this.#items.length,
      filesTransferred: kept.length + progress.filesTransferred,
    });
    for (const listener of [...this.listeners]) listener(value);
  }

  #result(): DownloadResult {
    const files = this.#items.map(({ file, bytes, source, http, failure }) =>
      Object.freeze({
        path: file.path,
        source,
        ...(failure === null
          ? { status: 'complete' as const, bytes, http }
          : { status: 'failed' as const, bytes: 0, http: null, error: failure }),
      }),
    );
    return Object.freeze({
      outcome: files.some(({ status }) => status === 'failed') ? 'partial' : 'complete',
      files: Object.freeze(files),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      elapsed: performance.now() - this.#started,
      adopted: this.#adopted,
      jobId: this.#jobId,
    });
  }
}

async function discardIfThere(job: BitsJob): Promise<void> {
  await discard(job).catch((error: unknown) => {
    if (!(error instanceof BitsNotFoundError)) throw error;
  });
}

function hasMirror(item: Item | undefined): boolean {
  return item !== undefined && item.source + 1 < item.file.urls.length;
}
