import { decodeFlags, encodeFlags, HELPER_TOKEN_FLAGS } from '../../contract/enums';
import type { HelperTokenFlag, UnknownBits } from '../../contract/enums';
import { HttpOptionsJob } from './http_options';

/** IBitsTokenOptions. */
export abstract class TokenOptionsJob extends HttpOptionsJob {
  /**
   * What the helper token is used for. The methods of IBitsTokenOptions are for callers that impersonate another user.
   * BITS 4.0 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-sethelpertokenflags
   */
  async setHelperTokenFlags(flags: readonly (HelperTokenFlag | UnknownBits)[]): Promise<void> {
    await this.call('setHelperTokenFlags', encodeFlags(HELPER_TOKEN_FLAGS, 'flags', flags));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-gethelpertokenflags */
  async getHelperTokenFlags(): Promise<(HelperTokenFlag | UnknownBits)[]> {
    return decodeFlags(HELPER_TOKEN_FLAGS, await this.call('getHelperTokenFlags'));
  }

  /**
   * Makes the calling thread's token the job's helper token. In the addon, that is the token of the process.
   * @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-sethelpertoken
   */
  async setHelperToken(): Promise<void> {
    await this.call('setHelperToken');
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-clearhelpertoken */
  async clearHelperToken(): Promise<void> {
    await this.call('clearHelperToken');
  }

  /**
   * The helper token's security identifier, `S-1-…`; empty when there is no helper token.
   * @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-gethelpertokensid
   */
  async getHelperTokenSid(): Promise<string> {
    return (await this.call('getHelperTokenSid')) ?? '';
  }
}
