import type { FileSnapshot } from '../bits/file';
import type { BitsVerificationError } from '../errors';
import type { BitsJob } from '../job';
import { combinedError } from './combined_error';
import type { DownloadedHttp } from './http_answer';
import type { RequestedFile } from './request';

/**
 * How far a file of a download is:
 *
 *   waiting     its job has not got all of it yet
 *   arrived     BITS has all of it
 *   staged      its job is completed, and the file is under its staging name (see placement/)
 *   verified    it is as expected
 *   published   it has its final name
 *   failed      it is given up, which `allowPartial` allows
 */
export type FilePhase = 'waiting' | 'arrived' | 'staged' | 'verified' | 'published' | 'failed';

/** What can follow a phase. 'waiting' again: the file is fetched anew. 'published' from anywhere: another process did it. */
const NEXT: Readonly<Record<FilePhase, readonly FilePhase[]>> = {
  waiting: ['arrived', 'published', 'failed'],
  arrived: ['waiting', 'staged', 'verified', 'published', 'failed'],
  staged: ['waiting', 'verified', 'published', 'failed'],
  verified: ['waiting', 'published', 'failed'],
  published: [],
  failed: [],
};

/** A file of a download, on its way. */
export class FileState {
  #phase: FilePhase = 'waiting';
  #failure: Error | null = null;
  #lengthError: BitsVerificationError | null = null;
  #bytes = 0;
  #isMeasured = false;
  #source = 0;
  readonly #errors: Error[] = [];
  /** The name that BITS is told: the final name, or a staging name. */
  localName: string;
  /** What its job told of it at the last look. */
  seen: FileSnapshot | null = null;
  #job: BitsJob | null = null;
  /** The server's last answer. */
  http: DownloadedHttp | null = null;

  constructor(readonly file: RequestedFile) {
    this.localName = file.path;
  }

  get phase(): FilePhase {
    return this.#phase;
  }

  /** The job that fetches the file, or has it. */
  get job(): BitsJob | null {
    return this.#job;
  }

  set job(job: BitsJob | null) {
    if (job !== this.#job) this.seen = null;
    this.#job = job;
  }

  get isWaiting(): boolean {
    return this.#phase === 'waiting';
  }

  get hasFailed(): boolean {
    return this.#phase === 'failed';
  }

  /** All of it has been received, and nothing is known against it. */
  get hasArrived(): boolean {
    return !this.isWaiting && !this.hasFailed;
  }

  /** Nothing is left to do but to give it its name. */
  get isVerified(): boolean {
    return this.#phase === 'verified' || this.#phase === 'published';
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `bytes` is the size of the file that has arrived, and not only what BITS has counted. */
  get isMeasured(): boolean {
    return this.#isMeasured;
  }

  /** Why it is given up. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** It has another length than the server announced. */
  get lengthError(): BitsVerificationError | null {
    return this.#lengthError;
  }

  /** Index of the URL in use. */
  get source(): number {
    return this.#source;
  }

  get url(): string {
    return this.file.urls[this.#source] ?? '';
  }

  get hasMirror(): boolean {
    return this.#source + 1 < this.file.urls.length;
  }

  /** The errors of all sources so far as one. */
  get error(): Error {
    return combinedError(this.#errors);
  }

  /** Notes why a source was given up. */
  noteError(error: Error): void {
    this.#errors.push(error);
  }

  useNextMirror(): void {
    this.#source++;
  }

  /** Notes which source a job of an earlier process uses. False when this URL is none of the file's. */
  useSource(url: string): boolean {
    const source = this.file.urls.indexOf(url);
    if (source >= 0) this.#source = source;
    return source >= 0;
  }

  /** What its job tells about it. `lengthError`: all of it is said to have arrived, and its length is wrong. */
  noteProgress(completed: boolean, bytes: number, lengthError: BitsVerificationError | null): void {
    this.#bytes = bytes;
    this.#isMeasured = false;
    this.#lengthError = lengthError;
    if (this.#phase === 'waiting' || this.#phase === 'arrived') this.#enter(completed ? 'arrived' : 'waiting');
  }

  /** Its job is transferred, whatever the file's own progress says. */
  markArrived(): void {
    if (this.isWaiting) this.#enter('arrived');
  }

  markStaged(): void {
    this.#enter('staged');
  }

  markVerified(): void {
    this.#enter('verified');
  }

  markPublished(): void {
    this.#enter('published');
  }

  /** The size of the file that has arrived: not every service counts all bytes. */
  noteSize(bytes: number): void {
    this.#bytes = bytes;
    this.#isMeasured = true;
  }

  markFailed(): void {
    this.#failure = this.error;
    this.#enter('failed');
  }

  /** What has arrived is thrown away. What has been published or given up stays so. */
  startOver(): void {
    if (this.#phase === 'published' || this.#phase === 'failed') return;
    this.#enter('waiting');
    this.#bytes = 0;
    this.#isMeasured = false;
    this.#lengthError = null;
    this.seen = null;
    this.http = null;
  }

  #enter(next: FilePhase): void {
    if (next === this.#phase) return;
    if (!NEXT[this.#phase].includes(next)) throw new Error(`a file that is ${this.#phase} cannot become ${next}`);
    this.#phase = next;
  }
}

/** Whether all files that were not given up are verified: they only have to be published. */
export function areVerified(states: readonly FileState[]): boolean {
  return states.every((state) => state.isVerified || state.hasFailed) && states.some(({ isVerified }) => isVerified);
}
