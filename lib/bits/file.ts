import { ComObject, guardComObject } from './com_object';
import { checkBoolean, checkInteger, checkText } from '../arguments/checks';
import { checkUrl } from '../arguments/urls_and_paths';
import type { CallContext, Connection } from './connection';
import { encode, FILE_PROPERTY } from '../contract/enums';
import type { FileProperty } from '../contract/enums';
import type { FileHandle } from '../contract/addon';
import { checkRanges, toRanges } from './ranges';
import type { FileRange } from './ranges';

/** Progress of one file. */
export interface FileProgress {
  /** Size in bytes; `null` while unknown. */
  readonly bytesTotal: number | null;
  /** Bytes transferred so far. Can go down: a file that changes on the server is transferred again from the start. */
  readonly bytesTransferred: number;
  /** Whether the whole file has been transferred; after a partial `complete()`, true for the files that were kept. */
  readonly completed: boolean;
}

/** A file of a job at one moment. What this BITS does not have or cannot tell is `null`. Frozen. */
export interface FileSnapshot {
  readonly file: BitsFile;
  /** The URL that the file is downloaded from or uploaded to. */
  readonly remoteName: string | null;
  /** The absolute path on this computer. */
  readonly localName: string | null;
  /** Path of the temporary file that holds the data until `job.complete()`. BITS 3.0 and later. */
  readonly temporaryName: string | null;
  /** Size in bytes; `null` while unknown. */
  readonly bytesTotal: number | null;
  /** Bytes transferred so far. */
  readonly bytesTransferred: number | null;
  /** Whether the whole file has been transferred. */
  readonly completed: boolean | null;
  /** Whether the content was declared valid with `file.setValidationState()`. BITS 3.0 and later. */
  readonly validationState: boolean | null;
}

/**
 * A file of a job, as listed by `job.getFiles()`. After a restart of the service its methods reject with
 * BitsUnavailableError; `job.getFiles()` returns new objects.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyfile
 */
export class BitsFile extends ComObject<'file'> {
  /** GUID of the file's job. */
  readonly jobId: string;

  /** @internal Use `job.getFiles()`. */
  constructor(connection: Connection, jobId: string, handle: FileHandle) {
    super(connection, 'file', handle);
    this.jobId = jobId;
  }

  /**
   * The URL that the file is downloaded from or uploaded to.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyfile-getremotename
   */
  async getRemoteName(): Promise<string> {
    return (await this.call('getRemoteName')) ?? '';
  }

  /**
   * The absolute path on this computer. Until `job.complete()`, a download is in a temporary file in the same folder.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyfile-getlocalname
   */
  async getLocalName(): Promise<string> {
    return (await this.call('getLocalName')) ?? '';
  }

  /**
   * Size, and bytes transferred so far.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyfile-getprogress
   */
  async getProgress(): Promise<FileProgress> {
    return this.call('getProgress');
  }

  /**
   * The ranges given to `job.addFileWithRanges()`; empty when the whole file is transferred.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_0/nf-bits2_0-ibackgroundcopyfile2-getfileranges
   */
  async getFileRanges(): Promise<FileRange[]> {
    return toRanges(await this.call('getFileRanges'));
  }

  /**
   * Changes the URL of a download, for example to another server. Takes effect with the next `job.resume()`; if the
   * file there differs, the transfer starts again. Rejects with TypeError or RangeError for a URL that BITS cannot
   * take, and with BitsNotSupportedError for uploads.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_0/nf-bits2_0-ibackgroundcopyfile2-setremotename
   */
  async setRemoteName(url: string | URL): Promise<void> {
    await this.call('setRemoteName', checkUrl(url, 'url'));
  }

  /**
   * Path of the temporary file that holds the data until `job.complete()`. When you open it, share write access, and
   * close it before completing the job. BITS 3.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyfile3-gettemporaryname
   */
  async getTemporaryName(): Promise<string> {
    return (await this.call('getTemporaryName')) ?? '';
  }

  /**
   * Tells BITS whether the content is valid. With `false` the job enters the state error (`BG_E_VALIDATION_FAILED`),
   * and `job.resume()` downloads the file again. Rejects with `E_PENDING` until the file has been transferred. BITS 3.0
   * and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyfile3-setvalidationstate
   */
  async setValidationState(valid: boolean): Promise<void> {
    await this.call('setValidationState', checkBoolean(valid, 'valid'));
  }

  /**
   * Whether the content was declared valid with `setValidationState()`. BITS 3.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyfile3-getvalidationstate
   */
  async getValidationState(): Promise<boolean> {
    return this.call('getValidationState');
  }

  /**
   * Whether any of the data came from another computer's cache instead of the server. BITS 3.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyfile3-isdownloadedfrompeer
   */
  async isDownloadedFromPeer(): Promise<boolean> {
    return this.call('isDownloadedFromPeer');
  }

  /**
   * Bytes that came from the server and from other computers; `null` where unknown. BITS 4.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibackgroundcopyfile4-getpeerdownloadstats
   */
  async getPeerDownloadStats(): Promise<{ readonly fromOrigin: number | null; readonly fromPeers: number | null }> {
    const [fromOrigin, fromPeers] = await this.call('getPeerDownloadStats');
    return { fromOrigin, fromPeers };
  }

  /**
   * Sets a property of the file. Rejects with `BG_E_READ_ONLY_PROPERTY` for one that cannot be set. BITS 5.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits5_0/nf-bits5_0-ibackgroundcopyfile5-setproperty
   */
  async setProperty(property: FileProperty, value: string): Promise<void> {
    await this.call('setProperty', encode(FILE_PROPERTY, 'property', property), checkText(value, 'value'));
  }

  /**
   * A property of the file. `'httpResponseHeaders'`: the headers of the last HTTP response as text; `null` until there
   * is one. BITS 5.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits5_0/nf-bits5_0-ibackgroundcopyfile5-getproperty
   */
  async getProperty(property: FileProperty): Promise<string | null> {
    return this.call('getProperty', encode(FILE_PROPERTY, 'property', property));
  }

  /**
   * Asks BITS to transfer the data from this offset on first. Rejects with `BG_E_RANDOM_ACCESS_NOT_SUPPORTED` when the
   * file has to be transferred in order. BITS 10.1 and later.
   * @param offset in bytes, 0 or more
   * @see https://learn.microsoft.com/windows/win32/api/bits10_1/nf-bits10_1-ibackgroundcopyfile6-updatedownloadposition
   */
  async updateDownloadPosition(offset: number): Promise<void> {
    await this.call('updateDownloadPosition', checkInteger(offset, 'offset'));
  }

  /**
   * Requests ranges of the file, in addition to earlier requests; they may overlap. For jobs with the property
   * `onDemandMode`. Rejects with TypeError or RangeError for bad ranges, and with `BG_E_INVALID_RANGE` for ranges
   * outside the file. BITS 10.1 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits10_1/nf-bits10_1-ibackgroundcopyfile6-requestfileranges
   */
  async requestFileRanges(ranges: readonly FileRange[]): Promise<void> {
    await this.call('requestFileRanges', checkRanges(ranges, 'ranges', false));
  }

  /**
   * The ranges that have been transferred. BITS 10.1 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits10_1/nf-bits10_1-ibackgroundcopyfile6-getfilledfileranges
   */
  async getFilledFileRanges(): Promise<FileRange[]> {
    return toRanges(await this.call('getFilledFileRanges'));
  }

  /** Names of the interfaces that the file has. @internal */
  async interfaces(): Promise<string[]> {
    return this.call('interfaces');
  }

  override toJSON(): { readonly jobId: string } {
    return { jobId: this.jobId };
  }

  /** @internal */
  protected override context(): CallContext {
    return { jobId: this.jobId };
  }
}

guardComObject(BitsFile, 'file');
