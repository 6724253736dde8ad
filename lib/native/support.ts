import { BitsLoadError, BitsPlatformError } from '../errors';
import type { BitsLoadReason } from '../errors';
import { currentService } from './service';

/** Whether the package can be used here, and if not, why. */
export type Support =
  | {
      readonly supported: true;
      /** process.platform */
      readonly platform: string;
      /** process.arch: the CPU that the process is built for, which may differ from the computer's. */
      readonly arch: string;
    }
  | {
      readonly supported: false;
      readonly platform: string;
      readonly arch: string;
      /** 'platform': this is not Windows. Otherwise: why the native binary cannot be loaded. */
      readonly reason: 'platform' | BitsLoadReason;
      /** What is wrong, in English, for people. */
      readonly message: string;
      /** What to do about it. */
      readonly advice: string;
      /** What `connect()` would reject with. */
      readonly error: BitsPlatformError | BitsLoadError;
    };

/**
 * Whether the package can be used here: this is Windows, and the native binary can be loaded. Works on every system and
 * never throws. Does not contact the BITS service; `connect()` does.
 *
 * @example if (!isSupported().supported) return downloadAnotherWay(url);
 */
export function isSupported(): Support {
  return supportOf(() => currentService());
}

/** `isSupported()` with another loader, for tests. @internal */
export function supportOf(load: () => unknown): Support {
  const here = { platform: process.platform, arch: process.arch };
  try {
    load();
    return { supported: true, ...here };
  } catch (thrown) {
    const error =
      thrown instanceof BitsPlatformError || thrown instanceof BitsLoadError
        ? thrown
        : new BitsLoadError('an unexpected error', { cause: thrown });
    const reason = error instanceof BitsLoadError ? error.reason : 'platform';
    return { supported: false, ...here, reason, message: error.message, advice: error.advice ?? '', error };
  }
}
