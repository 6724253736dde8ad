import { checkArray, checkUint32 } from '../arguments/checks';
import { isBitsError } from './narrow';

/*
 * Languages of BITS' texts. A LANGID is a primary language in the low ten bits, a sublanguage above: 0x0407 is German
 * (7) of Germany (1). Windows has texts for its installed languages only, and answers the others with an error.
 */

/** US English, the language that every Windows has texts for. */
export const ENGLISH = 0x0409;
/** The language of the user. */
export const USER_DEFAULT = 0x0400;
/** The language of the system. */
export const SYSTEM_DEFAULT = 0x0800;

/** A LANGID of the caller's: 1 to 0xFFFF (0 is refused by BITS). */
export function checkLanguage(value: unknown, argument = 'languageId'): number {
  return checkUint32(value, argument, { min: 1, max: 0xffff });
}

/**
 * The languages to try, in order: each one asked for, without its country, and with its default country; then the
 * user's, the system's, and US English. Rejects a language with TypeError or RangeError.
 *
 * @example languageChain(0x0807) // Swiss German: 0x0807, 0x0007, 0x0407, 0x0400, 0x0800, 0x0409
 * @see https://learn.microsoft.com/windows/win32/intl/language-identifiers
 */
export function languageChain(asked?: number | readonly number[], argument = 'language'): number[] {
  const wanted =
    asked === undefined
      ? []
      : typeof asked === 'object'
        ? checkArray(asked, argument, checkLanguage)
        : [checkLanguage(asked, argument)];
  const near = wanted.flatMap((id) => {
    const primary = id & 0x3ff;
    return primary === 0 ? [id] : [id, primary, primary | USER_DEFAULT];
  });
  return [...new Set([...near, USER_DEFAULT, SYSTEM_DEFAULT, ENGLISH])];
}

/**
 * The text in the first language that has one, on one line; null when none has. `ask` makes the call for one LANGID.
 * A missing text is never an error; any other failure (the service is gone) is passed on.
 */
export async function describeWith(
  chain: readonly number[],
  ask: (languageId: number) => Promise<string | null>,
): Promise<string | null> {
  for (const language of chain) {
    try {
      const text = oneLine((await ask(language)) ?? '');
      if (text !== '') return text;
    } catch (error) {
      if (!isMissingText(error)) throw error;
    }
  }
  return null;
}

/** System messages end in a line break, and long ones are broken inside. */
function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').trim();
}

/**
 * What stands for "no text": no resource or message in that language (Win32 317, 1812 to 1815), the file with it
 * missing or unusable (15100 to 15108), a language or code that is refused, a service that has no texts at all.
 */
function isMissingText(error: unknown): boolean {
  if (!isBitsError(error) || error.hresult === undefined) return false;
  if (error.code === 'E_NOTIMPL' || error.code === 'E_INVALIDARG') return true;
  const win32 = error.hresult - 0x80070000;
  return win32 === 317 || (win32 >= 1812 && win32 <= 1815) || (win32 >= 15100 && win32 <= 15108);
}
