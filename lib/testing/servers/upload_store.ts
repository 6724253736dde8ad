import * as fsPromises from 'node:fs/promises';
import path from 'node:path';

/** What is kept about an upload session, on disk as JSON. */
export interface UploadRecord {
  /** A GUID, without braces. */
  readonly id: string;
  /** Folders and file below the root. */
  readonly names: readonly string[];
  /** Bytes of the whole file; null before the first fragment. */
  total: number | null;
  /** 'publishing' is written before the file gets its name: a restart in between goes on there. The last three are kept,
   * without any data, because a client whose acknowledgement was lost repeats its packet. */
  state: 'open' | 'publishing' | 'closed' | 'discarded' | 'cancelled';
  /** Time of the last good packet, in milliseconds. */
  used: number;
  /** What the application has answered; absent as long as it was not asked. */
  reply?: StoredReply;
}

/** 'none': it has no reply. 'file': in the store. 'url': elsewhere. */
export type StoredReply =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'url'; readonly url: string };

/** The functions of `node:fs/promises` that are used here. */
export type UploadDisk = Pick<
  typeof fsPromises,
  'link' | 'mkdir' | 'open' | 'readFile' | 'readdir' | 'rename' | 'rm' | 'stat' | 'unlink' | 'writeFile'
>;

export type PublishResult = 'published' | 'exists' | 'missing';

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';
const isNotFound = (error: unknown) => codeOf(error) === 'ENOENT';
/** What `link()` says on file systems without links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'];

/**
 * The data of unfinished uploads: per session a record (`….json`), the bytes so far (`….part`) and the reply (`….reply`).
 * The number of bytes received is the size of the part, and is kept nowhere else, so it is right after any interruption.
 */
export class UploadStore {
  private constructor(
    readonly folder: string,
    private readonly disk: UploadDisk,
  ) {}

  static async open(folder: string, disk: UploadDisk = fsPromises): Promise<UploadStore> {
    await disk.mkdir(folder, { recursive: true });
    return new UploadStore(folder, disk);
  }

  /** The records of all sessions. Removes what an interrupted write has left. */
  async load(): Promise<UploadRecord[]> {
    const records: UploadRecord[] = [];
    for (const name of await this.disk.readdir(this.folder)) {
      const file = path.join(this.folder, name);
      if (name.endsWith('.new')) await this.disk.rm(file, { force: true });
      if (name.endsWith('.json')) records.push(JSON.parse(await this.disk.readFile(file, 'utf8')) as UploadRecord);
    }
    return records;
  }

  async save(record: UploadRecord): Promise<void> {
    const file = this.#file(record, 'json');
    await this.disk.writeFile(`${file}.new`, JSON.stringify(record));
    await this.disk.rename(`${file}.new`, file);
  }

  part(record: UploadRecord): string {
    return this.#file(record, 'part');
  }

  /** How many bytes have been received. */
  async received(record: UploadRecord): Promise<number> {
    try {
      return (await this.disk.stat(this.part(record))).size;
    } catch (error) {
      if (isNotFound(error)) return 0;
      throw error;
    }
  }

  /** Writes the bytes of a fragment behind those received, without the first `skip`. What is written stays, whatever happens. */
  async append(record: UploadRecord, skip: number, body: AsyncIterable<Buffer>): Promise<void> {
    const part = await this.disk.open(this.part(record), 'a');
    try {
      let toSkip = skip;
      for await (const chunk of body) {
        const bytes = chunk.subarray(Math.min(toSkip, chunk.length));
        toSkip -= chunk.length - bytes.length;
        if (bytes.length > 0) await part.writeFile(bytes);
      }
    } finally {
      await part.close();
    }
  }

  /** Gives the complete part its name, so that nobody ever sees half of a file. Repeating it does no harm. */
  async publish(record: UploadRecord, target: string, overwrite: boolean): Promise<PublishResult> {
    const interrupted = record.state === 'publishing';
    if (!(await this.#exists(this.part(record)))) {
      return interrupted && (await this.#exists(target)) ? 'published' : 'missing';
    }
    if (!interrupted) {
      await this.#flush(this.part(record));
      record.state = 'publishing';
      await this.save(record);
    }
    if (overwrite || (await this.#linked(this.part(record), target))) {
      if (overwrite) await this.disk.rename(this.part(record), target);
      else await this.disk.unlink(this.part(record));
      return 'published';
    }
    record.state = 'open';
    await this.save(record);
    return 'exists';
  }

  async writeReply(record: UploadRecord, body: string | Uint8Array): Promise<string> {
    const file = this.#file(record, 'reply');
    await this.disk.writeFile(file, body);
    return file;
  }

  /** Removes the bytes and the reply of a session, but not its record. */
  async discard(record: UploadRecord): Promise<void> {
    await this.disk.rm(this.part(record), { force: true });
    await this.disk.rm(this.#file(record, 'reply'), { force: true });
  }

  /** Removes all that is kept about a session. */
  async forget(record: UploadRecord): Promise<void> {
    await this.discard(record);
    await this.disk.rm(this.#file(record, 'json'), { force: true });
  }

  #file({ id }: UploadRecord, extension: string): string {
    return path.join(this.folder, `${id}.${extension}`);
  }

  async #exists(file: string): Promise<boolean> {
    try {
      await this.disk.stat(file);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async #flush(file: string): Promise<void> {
    const handle = await this.disk.open(file, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Gives a file a second name; false if another file has that name. Unlike `rename()`, it never replaces a file. */
  async #linked(from: string, to: string): Promise<boolean> {
    try {
      await this.disk.link(from, to);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return this.#isSame(from, to); // an earlier attempt got this far
      if (!NO_LINKS.includes(codeOf(error))) throw error;
    }
    if (await this.#exists(to)) return false;
    await this.disk.rename(from, to);
    await this.disk.writeFile(from, ''); // removed by the caller, as after a link
    return true;
  }

  async #isSame(a: string, b: string): Promise<boolean> {
    const [one, other] = await Promise.all([a, b].map((file) => this.disk.stat(file, { bigint: true })));
    return one!.ino === other!.ino && one!.dev === other!.dev;
  }
}
