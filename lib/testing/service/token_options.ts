import { HELPER_TOKEN_FLAGS } from '../../contract/enums';
import { areFlagsOf } from './enumerations';
import { need } from './failure';
import { methodsOf, OK } from './methods';
import { isAdministrator } from './rights';
import { isAtLeast } from './versions';

/**
 * IBitsTokenOptions (https://learn.microsoft.com/windows/win32/api/bits4_0/nn-bits4_0-ibitstokenoptions): the caller's
 * own identity is the helper token. It is lost when the service ends.
 */
export const TOKEN_OPTIONS = methodsOf('job', 'IBitsTokenOptions', {
  setHelperTokenFlags: ({ target }, flags) => {
    need(areFlagsOf(HELPER_TOKEN_FLAGS, flags), 'E_INVALIDARG');
    target.job.helperTokenFlags = flags;
    return OK;
  },
  getHelperTokenFlags: ({ target }) => target.job.helperTokenFlags,
  setHelperToken: ({ computer, client: { identity }, target: { job } }) => {
    // Before Windows 10 1607 the owner had to be an administrator; since then only for an administrator's token.
    const ownerMay = isAdministrator(computer, job.owner);
    const isPlain = isAtLeast(computer.state, '10.1') && !isAdministrator(computer, identity);
    need(ownerMay || isPlain, 'E_ACCESSDENIED');
    job.helperTokenSid = identity.sid;
    return OK;
  },
  clearHelperToken: ({ target }) => {
    target.job.helperTokenSid = null;
    return OK;
  },
  getHelperTokenSid: ({ target }) => target.job.helperTokenSid,
});
