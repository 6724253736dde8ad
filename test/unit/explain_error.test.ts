import { createContext, Script } from 'node:vm';
import {
  BitsAbortError,
  BitsTimeoutError,
  codeOf,
  errorFromNative,
  explain,
  hresultHex,
  transferError,
} from '../../lib/errors';
import { CODES, LIBRARY_CODES } from '../../lib/errors/codes';
import type { KnownCode } from '../../lib/errors/codes';

const rows = Object.entries(CODES);

describe('every code', () => {
  test(`by number, signed and unsigned, hexadecimal, decimal, symbol and alias (${rows.length})`, () => {
    for (const [symbol, row] of rows) {
      const explanation = explain(row.hresult);
      expect(explanation).toMatchObject({
        known: true,
        code: symbol,
        hresult: row.hresult,
        hex: hresultHex(row.hresult),
        severity: row.kind,
        family: row.family,
        retryable: row.retryable,
        cause: row.cause,
        action: row.action,
        audience: row.audience,
        page: row.page,
        text: `${symbol} (${hresultHex(row.hresult)}): ${row.cause} ${row.action}`,
      });
      expect([explanation.httpStatus, explanation.reason]).toEqual([row.httpStatus, row.reason]);
      const names = [symbol, symbol.toLowerCase(), `HRESULT_FROM_WIN32(${symbol})`, ...(row.aliases ?? [])];
      const numbers = [String(row.hresult | 0), String(row.hresult), hresultHex(row.hresult)];
      for (const given of [row.hresult | 0, ...names, ...numbers]) expect(explain(given).code).toBe(symbol);
    }
  });

  test('those of the library', () => {
    for (const [code, row] of Object.entries(LIBRARY_CODES)) {
      expect(explain(code)).toEqual({
        known: true,
        code,
        hresult: null,
        hex: null,
        severity: 'failure',
        facility: null,
        facilityName: null,
        number: null,
        page: null,
        family: 'library',
        ...row,
        text: `${code}: ${row.cause} ${row.action}`,
      });
    }
  });
});

describe('texts', () => {
  test.each([
    ['0x80200003', 'BG_E_EMPTY'],
    ['0X80200003', 'BG_E_EMPTY'],
    ['80200003', 'BG_E_EMPTY'],
    [' 0x80200003\n', 'BG_E_EMPTY'],
    ['-2145386493', 'BG_E_EMPTY'],
    ['2149580803', 'BG_E_EMPTY'],
    ['0', 'S_OK'],
    ['0x1', 'S_FALSE'],
    ['HRESULT_0x80200003', 'BG_E_EMPTY'],
    ['HRESULT_0x8020ffff', 'HRESULT_0x8020FFFF'],
    ['error_internet_timeout', 'ERROR_WINHTTP_TIMEOUT'],
    ['BG_E_SERVER_EXECUTE_ENABLED', 'BG_E_SERVER_EXECUTE_ENABLE'],
    ['HRESULT_FROM_WIN32(ERROR_NOT_LOGGED_ON)', 'ERROR_NOT_LOGGED_ON'],
    ['HRESULT_FROM_WIN32( 1245 )', 'ERROR_NOT_LOGGED_ON'],
    ['__HRESULT_FROM_WIN32(0x4dd)', 'ERROR_NOT_LOGGED_ON'],
    ['BG_E_HTTP_ERROR_429', 'HRESULT_0x801901AD'],
    ['Start-BitsTransfer : The job has no files. (Exception from HRESULT: 0x80200003)', 'BG_E_EMPTY'],
    ['0x80200003 ... 0x80200003', 'BG_E_EMPTY'],
  ])('%j is %s', (text, code) => expect(explain(text).code).toBe(code));

  test.each([
    '',
    ' ',
    'BG_E_EMTPY',
    '0x',
    '0x123456789',
    '99999999999',
    '4294967296',
    '-2147483649',
    '1.5',
    'x',
    '[object Object]',
    '0x80200003 or 0x80200002',
    'port 0x1F90 is in use',
    'HRESULT_FROM_WIN32()',
    'constructor',
    '__proto__',
    'toString',
  ])('%j is a TypeError', (text) => expect(() => explain(text)).toThrow(TypeError));

  test('the TypeError repeats a word that looks like a code, nothing else', () => {
    expect(() => explain('BG_E_EMTPY')).toThrow(/Received 'BG_E_EMTPY'/);
    expect(() => explain('hunter2 hunter2')).toThrow(/Received a string of 15 characters/);
  });
});

describe('numbers', () => {
  test('without a row: number, facility and severity', () => {
    expect(explain(0x8345_0011)).toMatchObject({
      known: false,
      code: 'HRESULT_0x83450011',
      severity: 'failure',
      facility: 0x345,
      facilityName: null,
      number: 17,
      family: 'general',
      retryable: false,
      text: expect.stringMatching(/^0x83450011: An unknown code \(fac/),
    });
    expect(explain(0x8020_ffff)).toMatchObject({ known: false, facility: 32, facilityName: 'BITS', number: 0xffff });
    expect(explain(0x8007_04c7).action).toMatch(/net helpmsg 1223/);
    expect(explain(0x0020_1234)).toMatchObject({ known: false, severity: 'success', family: 'success' });
  });

  test('an HTTP status is known by its number', () => {
    expect(explain(0x801901ad)).toMatchObject({ known: true, httpStatus: 429, retryable: true, family: 'transfer' });
    expect(explain(0x801901c7).text).toBe(
      'HRESULT_0x801901C7 (0x801901C7): The server answered 455. Check the URL ' +
        "and the account; ask the server's owner.",
    );
  });

  test('a small number gets a hint', () => {
    expect(explain(404).text).toMatch(/HTTP status it would be 0x80190194\. As a Windows error .* 0x80070194\.$/);
    expect(explain(1245).text).toMatch(/As a Windows error number it would be 0x800704DD\.$/);
    expect(explain(1245).text).not.toMatch(/HTTP/);
  });

  test.each([1.5, NaN, Infinity, 2 ** 32, -(2 ** 31) - 1])('%p is a RangeError', (n) =>
    expect(() => explain(n)).toThrow(RangeError),
  );
});

describe('errors', () => {
  const error = (fields: object, message = 'x') => Object.assign(new Error(message), fields);

  test('a BitsError, with what it knows better than the table', () => {
    expect(explain(errorFromNative({ hresult: 0x80200003, method: 'X::Y', kind: 'call' })).code).toBe('BG_E_EMPTY');
    const lost = errorFromNative({ hresult: 0x800706be, method: 'X::Y', kind: 'lost' });
    expect(explain(lost)).toMatchObject({
      code: 'RPC_S_CALL_FAILED',
      retryable: false,
      action: lost.advice,
      reason: 'rpc',
    });
    expect(explain(lost).text).toContain(lost.advice);
    const winpe = errorFromNative({ hresult: 0x80040154, method: 'X', kind: 'call' }, { environment: 'winpe' });
    expect(explain(winpe)).toMatchObject({ code: 'REGDB_E_CLASSNOTREG', reason: 'winpe' });
    const held = transferError({ hresult: 0x8020006f, context: 'queueManager', transient: true });
    expect(explain(held)).toMatchObject({ reason: 'gameMode', retryable: true });
    const timeout = new BitsTimeoutError('waiting', 1);
    expect(explain(timeout)).toMatchObject({ code: 'BITS_TIMEOUT', retryable: true, known: true });
    expect(explain(new BitsAbortError('x', { cause: error({ hresult: 0x80200003 }) })).code).toBe('BITS_ABORTED');
  });

  test.each<[string, object, KnownCode]>([
    ['hresult', error({ hresult: 0x80200003 }), 'BG_E_EMPTY'],
    ['signed', error({ hresult: -2145386493 }), 'BG_E_EMPTY'],
    ['.NET', error({ HResult: -2145386493 }), 'BG_E_EMPTY'],
    ['text', error({ hresult: '0x80200003' }), 'BG_E_EMPTY'],
    ['symbol', error({ code: 'BG_E_EMPTY' }), 'BG_E_EMPTY'],
    ['number', error({ code: -2145386493 }), 'BG_E_EMPTY'],
    ['message', error({ code: 1 }, 'Command failed: powershell\n(HRESULT: 0x800704DD)'), 'ERROR_NOT_LOGGED_ON'],
    ['cause', error({ code: 'ENOENT', cause: error({ cause: error({}, '0x80200003') }) }), 'BG_E_EMPTY'],
    ['toJSON', errorFromNative({ hresult: 0x80200003, method: 'X', kind: 'call' }).toJSON(), 'BG_E_EMPTY'],
    ['native failure', { hresult: 0x80200003, method: 'X', kind: 'call' }, 'BG_E_EMPTY'],
  ])('%s', (_what, given, code) => expect(explain(given).code).toBe(code));

  const circular = error({});
  Object.assign(circular, { cause: circular });
  const hostile = Object.defineProperty(new Error('x'), 'hresult', {
    get: () => {
      throw new Error('no');
    },
  });
  test.each<[string, unknown]>([
    ['plain', new Error('x')],
    ['errno', error({ code: 'ENOENT', errno: -4058 })],
    ['exit code', error({ code: 1 })],
    ['DOMException', new DOMException('x', 'AbortError')],
    ['two numbers', new Error('0x80200003, 0x80200002')],
    ['not 32 bits', error({ hresult: 2 ** 40 })],
    ['circular', circular],
    ['hostile', hostile],
    ['other realm', new Script('new Error("x")').runInContext(createContext({}))],
  ])('%s: reported as unknown, without throwing', (_what, given) => {
    expect(explain(given)).toMatchObject({ known: false, code: null, hresult: null, hex: null, family: 'general' });
    expect(explain(given).text).toBe(
      'The error carries no HRESULT, so it does not come from BITS. See its own message.',
    );
  });

  test.each([undefined, null, true, 1n, Symbol('x'), () => 0, {}, [], { code: 'x' }])('%p is a TypeError', (given) =>
    expect(() => explain(given)).toThrow(TypeError),
  );
});

test('an explanation is frozen', () => {
  const explanation = explain(0x80200003);
  expect(Object.isFrozen(explanation) && Object.isFrozen(explanation.audience)).toBe(true);
  expect(codeOf(0x80200003)).toBe(explanation.code);
});
