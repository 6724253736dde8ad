import { PROXY_USAGE } from '../../contract/enums';
import { CODES } from '../../errors/codes';
import type { JobState } from '../computer/state';
import { jobFailure } from './failures';

/*
 * Proxies (SetProxySettings). Of a proxy only is simulated that it passes requests on, or answers them itself with a
 * status; which one it is, and what the lists name, makes no difference.
 */

const USAGE = PROXY_USAGE.values;

/** 'proxy', 'proxy:8080', 'http=proxy:80', 'https=http://proxy'; several of them between blanks or semicolons. */
const PROXY = /^(?:[a-z]+=)?(?:https?:\/\/)?[a-z0-9._-]+(?::\d{1,5})?$/i;

/** Whether a job's requests go by the proxy. Throws BG_E_INVALID_PROXY_INFO for a list that is none, which shows only now. */
export function usesProxy({ proxy }: JobState): boolean {
  if (proxy.usage !== USAGE.override) return proxy.usage !== USAGE.noProxy;
  const entries = (proxy.list ?? '').split(/[\s;]+/).filter((entry) => entry !== '');
  if (entries.length === 0 || !entries.every((entry) => PROXY.test(entry)))
    throw jobFailure(CODES.BG_E_INVALID_PROXY_INFO.hresult);
  return true;
}
