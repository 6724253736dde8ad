import { checkArray, checkUint32 } from '../arguments/checks';
import { isBitsError } from './narrow';

/*
 * Languages of BITS' texts. A LANGID has the primary language in the low ten bits and the sublanguage above them:
 * 0x0407 is German (7) as used in Germany (1). Windows has texts for its installed languages only, and fails for
 * others.
 */

/** US English, the language that every Windows has texts for. */
export const ENGLISH = 0x0409;
/** The language of the user. */
export const USER_DEFAULT = 0x0400;
/** The language of the system. */
export const SYSTEM_DEFAULT = 0x0800;

/** Checks a LANGID: 1 to 0xFFFF (BITS refuses 0). */
export function checkLanguage(value: unknown, argument = 'languageId'): number {
  return checkUint32(value, argument, { min: 1, max: 0xffff });
}

/**
 * The languages to try, in order: each requested one, the same without its country, and with its default country; then
 * the user's, the system's, and US English. Throws TypeError or RangeError for a bad LANGID.
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
 * The text in the first language that has one, on a single line; null when none has. `ask` requests the text for one
 * LANGID. A missing text is not an error; any other failure, such as an unreachable service, is passed on.
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
 * Whether an error means that there is no text: no resource or message in that language (Win32 317, 1812 to 1815), its
 * file is missing or unusable (15100 to 15108), the language or code is refused, or the service has no texts, as Wine's
 * (`E_NOTIMPL`); every Windows has English ones.
 */
function isMissingText(error: unknown): boolean {
  if (!isBitsError(error) || error.hresult === undefined) return false;
  if (error.code === 'E_NOTIMPL' || error.code === 'E_INVALIDARG') return true;
  const win32 = error.hresult - 0x80070000;
  return win32 === 317 || (win32 >= 1812 && win32 <= 1815) || (win32 >= 15100 && win32 <= 15108);
}
