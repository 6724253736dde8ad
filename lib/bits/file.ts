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
  /** Size in bytes; `null` while it is not known. */
  readonly bytesTotal: number | null;
  /** Bytes so far. Can go down: a file that changed on the server starts again. */
  readonly bytesTransferred: number;
  /** True when the whole file has arrived; after a partial `complete()`, the files that were kept. */
  readonly completed: boolean;
}

/**
 * A file of a job, as `job.getFiles()` lists it. After a restart of the service it is of no use any more: its methods
 * reject with BitsUnavailableError, and `job.getFiles()` gives new ones.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyfile
 */
export class BitsFile extends ComObject<'file'> {
  /** GUID of the file's job. */
  readonly jobId: string;

  /** @internal Files come from `job.getFiles()`. */
  constructor(connection: Connection, jobId: string, handle: FileHandle) {
    super(connection, 'file', handle);
    this.jobId = jobId;
  }

  /**
   * The URL of the file (download) or where it goes (upload).
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyfile-getremotename
   */
  async getRemoteName(): Promise<string> {
    return (await this.call('getRemoteName')) ?? '';
  }

  /**
   * The absolute path on this computer. Until `job.complete()`, a download is under a temporary name beside it.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyfile-getlocalname
   */
  async getLocalName(): Promise<string> {
    return (await this.call('getLocalName')) ?? '';
  }

  /**
   * Size and bytes so far.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyfile-getprogress
   */
  async getProgress(): Promise<FileProgress> {
    return this.call('getProgress');
  }

  /**
   * The ranges that `job.addFileWithRanges()` asked for; empty when the whole file was asked for.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_0/nf-bits2_0-ibackgroundcopyfile2-getfileranges
   */
  async getFileRanges(): Promise<FileRange[]> {
    return toRanges(await this.call('getFileRanges'));
  }

  /**
   * Changes where a download comes from, to another server, say. Takes effect with the next `job.resume()`; a file that
   * differs there starts again. Rejects with BitsNotSupportedError for uploads.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_0/nf-bits2_0-ibackgroundcopyfile2-setremotename
   */
  async setRemoteName(url: string | URL): Promise<void> {
    await this.call('setRemoteName', checkUrl(url, 'url'));
  }

  /**
   * Where the bytes are until `job.complete()`. Share write access when you open it, and close it before completing.
   * BITS 3.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyfile3-gettemporaryname
   */
  async getTemporaryName(): Promise<string> {
    return (await this.call('getTemporaryName')) ?? '';
  }

  /**
   * Says whether the content is what was wanted. With `false` the job goes to the state error
   * (`BG_E_VALIDATION_FAILED`), and `job.resume()` fetches the file again. Rejects with `E_PENDING` before the file has
   * arrived. BITS 3.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyfile3-setvalidationstate
   */
  async setValidationState(valid: boolean): Promise<void> {
    await this.call('setValidationState', checkBoolean(valid, 'valid'));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyfile3-getvalidationstate */
  async getValidationState(): Promise<boolean> {
    return this.call('getValidationState');
  }

  /**
   * Whether any of it came from another computer's cache rather than the server. BITS 3.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyfile3-isdownloadedfrompeer
   */
  async isDownloadedFromPeer(): Promise<boolean> {
    return this.call('isDownloadedFromPeer');
  }

  /**
   * Bytes that came from the server and from other computers. BITS 4.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibackgroundcopyfile4-getpeerdownloadstats
   */
  async getPeerDownloadStats(): Promise<{ readonly fromOrigin: number | null; readonly fromPeers: number | null }> {
    const [fromOrigin, fromPeers] = await this.call('getPeerDownloadStats');
    return { fromOrigin, fromPeers };
  }

  /**
   * Sets a property of the file. BITS 5.0 and later; `BG_E_READ_ONLY_PROPERTY` for one that cannot be set.
   * @see https://learn.microsoft.com/windows/win32/api/bits5_0/nf-bits5_0-ibackgroundcopyfile5-setproperty
   */
  async setProperty(property: FileProperty, value: string): Promise<void> {
    await this.call('setProperty', encode(FILE_PROPERTY, 'property', property), checkText(value, 'value'));
  }

  /**
   * A property of the file: `'httpResponseHeaders'`, the headers of the last answer as text; `null` while there are
   * none. BITS 5.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits5_0/nf-bits5_0-ibackgroundcopyfile5-getproperty
   */
  async getProperty(property: FileProperty): Promise<string | null> {
    return this.call('getProperty', encode(FILE_PROPERTY, 'property', property));
  }

  /**
   * Asks for the bytes after an offset first. BITS 10.1 and later; rejects with `BG_E_RANDOM_ACCESS_NOT_SUPPORTED`
   * where the transfer has to go in order.
   * @param offset in bytes, 0 or more
   * @see https://learn.microsoft.com/windows/win32/api/bits10_1/nf-bits10_1-ibackgroundcopyfile6-updatedownloadposition
   */
  async updateDownloadPosition(offset: number): Promise<void> {
    await this.call('updateDownloadPosition', checkInteger(offset, 'offset'));
  }

  /**
   * Asks for ranges of a job in on-demand mode, in addition to those asked for before; they may overlap. BITS 10.1 and
   * later. Rejects with `BG_E_INVALID_RANGE` for what is not inside the file.
   * @see https://learn.microsoft.com/windows/win32/api/bits10_1/nf-bits10_1-ibackgroundcopyfile6-requestfileranges
   */
  async requestFileRanges(ranges: readonly FileRange[]): Promise<void> {
    await this.call('requestFileRanges', checkRanges(ranges, 'ranges', false));
  }

  /**
   * The ranges that have arrived. BITS 10.1 and later.
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
