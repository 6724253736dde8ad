import { BitsNotFoundError } from './classes';
import { CODES } from './codes';
import { hresultHex } from './table';

/** The Error for a file or folder that does not exist, found out before BITS is asked. `what`: 'the file C:\\a.zip'. */
export function notFoundError(
  what: string,
  code: 'ERROR_FILE_NOT_FOUND' | 'ERROR_PATH_NOT_FOUND',
  advice?: string,
): BitsNotFoundError {
  const { hresult } = CODES[code];
  return new BitsNotFoundError(`${what} does not exist (${code}, ${hresultHex(hresult)})`, { code, hresult, advice });
}
