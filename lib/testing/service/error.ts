import { fail } from './failure';
import { methodsOf, several } from './methods';
import { contextText, errorText } from './texts';

/**
 * IBackgroundCopyError (https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyerror). The object
 * describes the moment at which it was asked for.
 */
export const ERROR = methodsOf('error', 'IBackgroundCopyError', {
  getError: ({ target: { error } }) => several(error.context, error.hresult),
  getFile: ({ target: { job, error }, adopt }) => {
    const file = error.file === null ? undefined : job.files[error.file];
    return file === undefined ? fail('BG_E_FILE_NOT_AVAILABLE') : adopt.file(job, file);
  },
  getErrorDescription: ({ target }, languageId) => errorText(target.error.hresult, languageId),
  getErrorContextDescription: ({ target }, languageId) => contextText(target.error.context, languageId),
  getProtocol: ({ target }) => target.error.protocol ?? fail('BG_E_PROTOCOL_NOT_AVAILABLE'),
});
