import { CONTEXT_PHRASES } from '../../errors/context_phrases';
import { ERROR_CONTEXT, wordsOf } from '../../contract/enums';
import { CODES } from '../../errors/codes';
import { fail, need } from './failure';

/*
 * Texts of errors. A simulated computer has them in English, as every Windows has; they are not those of Windows, but
 * the library's own. IBackgroundCopyManager::GetErrorDescription, IBackgroundCopyError::GetErrorDescription.
 */

/** English, English (United States), and the languages of the user and of the system, which are the same. */
const LANGUAGES = [0x0009, 0x0409, 0x0400, 0x0800];

const SUMMARIES = new Map(Object.values(CODES).map(({ hresult, cause }) => [hresult, cause]));

function checkLanguage(languageId: number): void {
  need(languageId !== 0, 'E_INVALIDARG');
  need(LANGUAGES.includes(languageId), 'ERROR_RESOURCE_LANG_NOT_FOUND');
}

/** As system messages, the text ends in a line break. */
export function errorText(hresult: number, languageId: number): string {
  checkLanguage(languageId);
  const text = SUMMARIES.get(hresult >>> 0) ?? fail('ERROR_RESOURCE_LANG_NOT_FOUND');
  return `${text}\r\n`;
}

export function contextText(context: number, languageId: number): string {
  checkLanguage(languageId);
  const word = wordsOf(ERROR_CONTEXT).find((each) => ERROR_CONTEXT.values[each] === context);
  const phrase = word === undefined ? '' : CONTEXT_PHRASES[word];
  return phrase === '' ? 'The source of the error is unknown.\r\n' : `The error occurred${phrase}.\r\n`;
}
