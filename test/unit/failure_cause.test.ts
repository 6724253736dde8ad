import { CODES } from '../../lib/errors/codes';
import type { KnownCode } from '../../lib/errors';
import { isFaultOfSource } from '../../lib/download/failure_cause';
import type { FailureFacts } from '../../lib/download/failure_cause';

const online = () => true;
const offline = () => false;
const ask = (code: KnownCode, more: Partial<FailureFacts> = {}, network = online) =>
  isFaultOfSource({ hresult: CODES[code].hresult, context: 'transport', transient: true, ...more }, network);

describe('which errors of a job are a reason to go to the next mirror', () => {
  test.each([
    'BG_E_NETWORK_DISCONNECTED',
    'BG_E_BLOCKED_BY_COST_TRANSFER_POLICY',
    'BG_E_BLOCKED_BY_BATTERY_POLICY',
    'BG_E_BLOCKED_BY_BATTERY_SAVER',
    'BG_E_STANDBY_MODE',
    'BG_E_BLOCKED_BY_GAME_MODE',
    'BG_E_BLOCKED_BY_SYSTEM_POLICY',
    'BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY',
    'BG_E_BLOCKED_BY_POLICY',
    'BG_E_APP_PACKAGE_NOT_FOUND',
    'BG_E_APP_PACKAGE_SCENARIO_NOT_SUPPORTED',
    'BG_E_REMOTE_NOT_SUPPORTED',
    'BG_E_DESTINATION_LOCKED',
    'BG_E_VOLUME_CHANGED',
    'BG_E_TOKEN_REQUIRED',
    'BG_E_INVALID_PROXY_INFO',
    'ERROR_NOT_LOGGED_ON',
    'ERROR_CAN_NOT_COMPLETE',
    'ERROR_SHUTDOWN_IN_PROGRESS',
    'ERROR_INTERNET_DISCONNECTED',
    'ERROR_INTERNET_PROXY_SERVER_UNREACHABLE',
    'ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR',
    'ERROR_WINHTTP_OPERATION_CANCELLED',
    'RPC_S_SERVER_UNAVAILABLE',
  ] as const)('%s: never, whatever its context', (code) => {
    for (const context of [
      'transport',
      'remoteFile',
      'remoteApplication',
      'queueManager',
      'none',
      'unknown',
    ] as const) {
      for (const transient of [true, false]) expect(ask(code, { context, transient })).toBe(false);
    }
  });

  test.each([
    'ERROR_WINHTTP_NAME_NOT_RESOLVED',
    'ERROR_WINHTTP_CANNOT_CONNECT',
    'ERROR_WINHTTP_TIMEOUT',
    'ERROR_WINHTTP_CONNECTION_ERROR',
    'ERROR_INTERNET_CONNECTION_RESET',
    'BG_E_CONNECT_FAILURE',
    'BG_E_CONNECTION_CLOSED',
  ] as const)('%s: only while there is a network', (code) => {
    expect([ask(code), ask(code, {}, offline)]).toEqual([true, false]);
  });

  test('every answer of a server, and what is wrong with it', () => {
    const codes = (Object.keys(CODES) as KnownCode[]).filter((code) => /^BG_E_HTTP_ERROR_[345]/.test(code));
    expect(codes.length).toBeGreaterThan(25);
    for (const code of [
      ...codes,
      'BG_E_MISSING_FILE_SIZE',
      'BG_E_INSUFFICIENT_RANGE_SUPPORT',
      'BG_E_INVALID_SERVER_RESPONSE',
      'ERROR_WINHTTP_SECURE_FAILURE',
      'ERROR_WINHTTP_SECURE_CERT_DATE_INVALID',
    ] as KnownCode[]) {
      for (const context of ['remoteFile', 'transport'] as const) expect(ask(code, { context }, offline)).toBe(true);
    }
  });

  test('not local failures, nor errors of unknown context that BITS retries', () => {
    for (const context of ['localFile', 'queueManager', 'notification', 'serverCertificateCallback'] as const) {
      expect(ask('BG_E_HTTP_ERROR_503', { context, transient: false })).toBe(false);
    }
    expect(ask('E_FAIL', { context: 'unknown', transient: true })).toBe(false);
    expect(ask('E_FAIL', { context: 'unknown', transient: false })).toBe(true); // final: nothing is lost by a try
    expect(isFaultOfSource({ context: 'transport', transient: true }, online)).toBe(false);
  });

  test('every code of the family "unavailable" is waited for', () => {
    for (const [code, { family }] of Object.entries(CODES)) {
      if (family === 'unavailable') expect([code, ask(code as KnownCode)]).toEqual([code, false]);
    }
  });
});
