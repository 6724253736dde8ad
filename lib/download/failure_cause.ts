import { networkInterfaces } from 'node:os';
import type { ErrorContext, UnknownWord } from '../contract/enums';
import { describe } from '../errors';
import type { KnownCode } from '../errors';
import { CODES } from '../errors/codes';

/** What BITS tells about an error of a job, as far as it matters here. */
export interface FailureFacts {
  readonly hresult?: number | undefined;
  readonly context: ErrorContext | UnknownWord;
  /** BITS tries again by itself. */
  readonly transient: boolean;
}

/** Contexts of errors that may be the server's fault. 'remoteApplication' is the program behind it. */
const SERVER: ReadonlySet<string> = new Set<ErrorContext>(['remoteFile', 'transport', 'remoteApplication']);
/** Contexts in which BITS could not tell where the error happened. */
const NOWHERE: ReadonlySet<string> = new Set<ErrorContext>(['none', 'unknown']);

/**
 * Codes that are about this computer or its way to the Internet, in whatever context they come: they would come with
 * another server, too. Those of the family 'unavailable' (no network, cost, battery, standby, game mode, packaged apps,
 * Group Policy, lack of resources, log-on, RPC) need not be listed.
 */
const NOT_THE_SERVER: ReadonlySet<number> = new Set(
  (
    [
      'BG_E_DESTINATION_LOCKED',
      'BG_E_VOLUME_CHANGED',
      'BG_E_TOKEN_REQUIRED',
      'BG_E_MAXDOWNLOAD_TIMEOUT',
      'BG_E_APP_PACKAGE_NOT_FOUND',
      'BG_E_APP_PACKAGE_SCENARIO_NOT_SUPPORTED',
      'BG_E_TEST_OPTION_BLOCKED_DOWNLOAD',
      // No way to the Internet.
      'ERROR_CAN_NOT_COMPLETE',
      'ERROR_INTERNET_DISCONNECTED',
      // The proxy.
      'BG_E_INVALID_PROXY_INFO',
      'BG_E_PROXY_LIST_TOO_LARGE',
      'BG_E_PROXY_BYPASS_LIST_TOO_LARGE',
      'ERROR_INTERNET_PROXY_SERVER_UNREACHABLE',
      'ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT',
      'ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT',
      'ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR',
      'ERROR_WINHTTP_AUTODETECTION_FAILED',
      'ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED_PROXY',
      'ERROR_WINHTTP_SECURE_FAILURE_PROXY',
      // The HTTP client of BITS itself.
      'ERROR_WINHTTP_OUT_OF_HANDLES',
      'ERROR_WINHTTP_INTERNAL_ERROR',
      'ERROR_WINHTTP_SHUTDOWN',
      'ERROR_WINHTTP_OPERATION_CANCELLED',
      'ERROR_WINHTTP_RESEND_REQUEST',
    ] as const satisfies readonly KnownCode[]
  ).map((code) => CODES[code].hresult),
);

/** Codes that also come when the network is lost: without a network they say nothing about the server. */
const ALSO_WITHOUT_NETWORK: ReadonlySet<number> = new Set(
  (
    [
      'ERROR_WINHTTP_NAME_NOT_RESOLVED',
      'ERROR_WINHTTP_TIMEOUT',
      'ERROR_WINHTTP_CANNOT_CONNECT',
      'ERROR_WINHTTP_CONNECTION_ERROR',
      'ERROR_INTERNET_CONNECTION_RESET',
      'ERROR_INTERNET_SERVER_UNREACHABLE',
      'ERROR_BAD_NETPATH',
      'BG_E_CONNECT_FAILURE',
      'BG_E_CONNECTION_CLOSED',
      'BG_E_NO_PROGRESS',
    ] as const satisfies readonly KnownCode[]
  ).map((code) => CODES[code].hresult),
);

/**
 * Whether an error is the fault of a file's source, so that its next mirror is worth a try. After any other error, either
 * BITS goes on by itself as soon as the obstacle is gone, or another source would not help.
 */
export function isFaultOfSource(
  { hresult, context, transient }: FailureFacts,
  online: () => boolean = hasNetwork,
): boolean {
  if (hresult === undefined || isAboutThisComputer(hresult)) return false;
  if (ALSO_WITHOUT_NETWORK.has(hresult >>> 0) && !online()) return false;
  // An error that BITS takes for final, without telling where it happened, may be the server's fault.
  return SERVER.has(context) || (!transient && NOWHERE.has(context));
}

/** Whether any file from any server would have met with this error. */
export function isAboutThisComputer(hresult: number): boolean {
  return describe(hresult).family === 'unavailable' || NOT_THE_SERVER.has(hresult >>> 0);
}

/** Whether this computer has an address that others can be reached from. */
function hasNetwork(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/i.test(address));
}
