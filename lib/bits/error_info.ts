import { ComObject, guardComObject } from './com_object';
import type { CallContext, Connection } from './connection';
import { decode, ERROR_CONTEXT } from '../contract/enums';
import type { ErrorContext, UnknownWord } from '../contract/enums';
import { BitsFile } from './file';
import { checkLanguage, ENGLISH } from '../errors/languages';
import type { ErrorHandle } from '../contract/addon';

/**
 * What went wrong with a job, as returned by `job.getError()`. It describes that moment, and can no longer be used once
 * the service has been restarted: its methods then reject with BitsUnavailableError.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyerror
 */
export class BitsErrorInfo extends ComObject<'error'> {
  /** GUID of the job. */
  readonly jobId: string;

  /** @internal Use `job.getError()`. */
  constructor(connection: Connection, jobId: string, handle: ErrorHandle) {
    super(connection, 'error', handle);
    this.jobId = jobId;
  }

  /**
   * The HRESULT (unsigned) and the context in which the error occurred.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyerror-geterror
   */
  async getError(): Promise<{ readonly context: ErrorContext | UnknownWord; readonly hresult: number }> {
    const [context, hresult] = await this.call('getError');
    return { context: decode(ERROR_CONTEXT, context), hresult };
  }

  /**
   * The file that the error is about. Rejects with `BG_E_FILE_NOT_AVAILABLE` when the error belongs to no file.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyerror-getfile
   */
  async getFile(): Promise<BitsFile> {
    const handle = await this.call('getFile');
    return new BitsFile(this.connection, this.jobId, handle);
  }

  /**
   * BITS' text for the error. Rejects with `ERROR_RESOURCE_LANG_NOT_FOUND` when Windows has no text in that language.
   * @param languageId a LANGID, 1 to 0xFFFF; default US English
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyerror-geterrordescription
   */
  async getErrorDescription(languageId: number = ENGLISH): Promise<string> {
    const language = checkLanguage(languageId);
    return (await this.call('getErrorDescription', language)) ?? '';
  }

  /**
   * BITS' text for the error's context, "The error occurred while …".
   * @param languageId a LANGID, 1 to 0xFFFF; default US English
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyerror-geterrorcontextdescription
   */
  async getErrorContextDescription(languageId: number = ENGLISH): Promise<string> {
    const language = checkLanguage(languageId);
    return (await this.call('getErrorContextDescription', language)) ?? '';
  }

  /**
   * The protocol in use, such as 'http'. Rejects with `BG_E_PROTOCOL_NOT_AVAILABLE` when the error belongs to none.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyerror-getprotocol
   */
  async getProtocol(): Promise<string> {
    return (await this.call('getProtocol')) ?? '';
  }

  override toJSON(): { readonly jobId: string } {
    return { jobId: this.jobId };
  }

  /** @internal */
  protected override context(): CallContext {
    return { jobId: this.jobId };
  }
}

guardComObject(BitsErrorInfo, 'error');
