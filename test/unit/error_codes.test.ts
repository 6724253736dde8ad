import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import api from '../../data/bits-api.json';
import judgement from '../../data/errors.json';
import { CODES, ENVIRONMENTS, LIBRARY_CODES, REASONS } from '../../lib/errors/codes';
import type { KnownCode } from '../../lib/errors/codes';
import { INTERFACES } from '../../lib/errors/interfaces';
import { codeOf, describe as describeCode, hresultHex, hresultParts, httpStatusOf } from '../../lib/errors/table';

const root = join(__dirname, '..', '..');
const symbols = Object.keys(CODES) as KnownCode[];

describe('generated files', () => {
  test('are up to date', () => {
    execFileSync(process.execPath, [join(root, 'tools', 'generate', 'codes.mjs'), '--check']);
  });

  test('--check fails on a stale file and says which', () => {
    const copy = mkdtempSync(join(tmpdir(), 'wb-codes-'));
    try {
      for (const dir of ['data', 'docs', 'tools', join('lib', 'errors')]) {
        cpSync(join(root, dir), join(copy, dir), { recursive: true });
      }
      appendFileSync(join(copy, 'lib', 'errors', 'codes.ts'), '// edited by hand\n');
      appendFileSync(join(copy, 'docs', 'errors.md'), 'edited by hand\n');
      const run = spawnSync(process.execPath, [join(copy, 'tools', 'generate', 'codes.mjs'), '--check']);
      expect(run.status).toBe(1);
      expect(run.stderr.toString()).toContain('lib/errors/codes.ts is stale');
      expect(run.stderr.toString()).toContain('docs/errors.md is stale');
      expect(run.stderr.toString()).not.toContain('interfaces.ts');
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

describe('the table against the inventory', () => {
  const inventory = [...api.errors, ...api.commonErrors];

  test(`has every code of the inventory (${inventory.length})`, () => {
    for (const { name, hex, signed, kind } of inventory) {
      const symbol = /^HRESULT_FROM_WIN32\((.*)\)$/.exec(name)?.[1] ?? name;
      const row = CODES[symbol as KnownCode];
      const expected = [symbol, Number(hex), kind === 'success' ? 'success' : 'failure'];
      expect([symbol, row.hresult, row.kind]).toEqual(expected);
      expect(row.hresult | 0).toBe(signed);
    }
    expect(symbols).toHaveLength(inventory.length);
  });

  test('numbers are unique and in order', () => {
    const numbers = symbols.map((symbol) => CODES[symbol].hresult);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  test('numbers agree with an independent reading of the symbols', () => {
    expect(CODES.BG_E_EMPTY.hresult).toBe(0x80200003);
    expect(CODES.BG_E_INVALID_STATE.hresult).toBe(0x80200002);
    expect(CODES.BG_E_HTTP_ERROR_404.hresult).toBe(0x80190194);
    expect(CODES.ERROR_NOT_LOGGED_ON.hresult).toBe(0x800704dd);
    expect(CODES.RPC_S_SERVER_UNAVAILABLE.hresult).toBe(0x800706ba);
    expect(CODES.BG_S_PARTIAL_COMPLETE.hresult).toBe(0x00200017);
  });

  test('wording and judgement are those of errors.json', () => {
    const lines = judgement.codes as Record<string, { family: string; for: string[]; action: string; retry?: boolean }>;
    for (const symbol of symbols) {
      const { family, audience, action, retryable, kind, httpStatus } = CODES[symbol];
      const line = lines[symbol];
      expect([symbol, family, audience, action, retryable]).toEqual([
        symbol,
        line?.family,
        line?.for,
        line?.action,
        line?.retry ?? false,
      ]);
      expect(family === 'success').toBe(kind === 'success');
      if (httpStatus !== undefined || /^ERROR_(WINHTTP|INTERNET)_/.test(symbol)) expect(family).toBe('transfer');
    }
  });

  test("texts have their form: a clause, a sentence, advice, a page of Microsoft's", () => {
    for (const symbol of symbols) {
      const { summary, cause, action, page, audience } = CODES[symbol];
      expect(summary).toMatch(/^\S.*[^.\s]$/);
      expect(summary).not.toMatch(/[\r\n]|^(The|A|An|No|Paused|Too) /);
      expect(cause).toMatch(/^[A-Z].*\.$/);
      expect(cause).not.toMatch(/\.\s+[A-Z]/);
      expect(action).toMatch(/^[A-Z].*\.$/);
      expect(page).toMatch(/^https:\/\/learn\.microsoft\.com\/windows\/win32\/[a-z0-9/_-]+$/);
      expect(new Set(audience).size).toBe(audience.length);
      expect(audience.length).toBeGreaterThan(0);
    }
  });

  test('every reason has its remedies, and a code or an environment', () => {
    for (const [reason, { text, ways }] of Object.entries(REASONS)) {
      expect([reason, text, ways.length]).toEqual([reason, expect.stringMatching(/\.$/), expect.any(Number)]);
      expect(ways.length).toBeGreaterThan(0);
      const byCode = symbols.some((symbol) => CODES[symbol].reason === reason);
      expect([reason, byCode || Object.hasOwn(ENVIRONMENTS, reason)]).toEqual([reason, true]);
    }
    expect(ENVIRONMENTS.winpe).toContain('REGDB_E_CLASSNOTREG');
    expect(ENVIRONMENTS.restrictedToken).toEqual(['E_ACCESSDENIED']);
  });

  test('WinINet names are aliases of the WinHTTP rows', () => {
    expect(CODES.ERROR_WINHTTP_TIMEOUT.aliases).toEqual(['ERROR_INTERNET_TIMEOUT']);
  });

  test('docs/errors.md has every code with its number, cause and page', () => {
    const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
    for (const symbol of symbols) {
      const row = page.split('\n').filter((line) => line.startsWith(`| [\`${symbol}\`](${CODES[symbol].page})<br>`));
      expect([symbol, row.length]).toEqual([symbol, 1]);
      expect(row[0]).toContain(hresultHex(CODES[symbol].hresult));
    }
    for (const code of Object.keys(LIBRARY_CODES)) expect(page).toContain(`\`${code}\``);
    expect(page).not.toMatch(/undefined|\/work\/|\/tmp\/|[A-Z]:\\/);
  });

  test('every interface in use has its needs', () => {
    const names = api.interfaces.filter((i) => !i.deprecated).map((i) => i.name);
    expect(Object.keys(INTERFACES)).toEqual(names);
    expect(INTERFACES['IBackgroundCopyJob5']).toEqual({ bits: '5.0', windows: 'Windows 8' });
    for (const needs of Object.values(INTERFACES)) {
      expect(needs.windows).toMatch(/^Windows (XP|Vista|7|8|10 version \d+ \(build \d+\))$/);
    }
  });
});

describe('looking codes up', () => {
  test.each([
    [0x80200003, 'BG_E_EMPTY'],
    [-2145386493, 'BG_E_EMPTY'],
    [0, 'S_OK'],
    [0x800704dd, 'ERROR_NOT_LOGGED_ON'],
    [0x8020ffff, 'HRESULT_0x8020FFFF'],
    [0x12, 'HRESULT_0x00000012'],
    [0x801901ad, 'HRESULT_0x801901AD'],
  ])('codeOf(%p) is %s', (hresult, code) => expect(codeOf(hresult)).toBe(code));

  test.each([
    [0, '0x00000000'],
    [0x80200003, '0x80200003'],
    [-1, '0xFFFFFFFF'],
    [0x8020000d, '0x8020000D'],
  ])('hresultHex(%p) is %s', (n, hex) => expect(hresultHex(n)).toBe(hex));

  test.each([
    [0x80190194, 404],
    [-2145844844, 404],
    [0x801901ad, 429],
    [0x80190064, 100],
    [0x80190063, null],
    [0x80194000, null],
    [0x80200003, null],
    [0x00190194, null],
  ])('httpStatusOf(%p) is %p', (n, status) => expect(httpStatusOf(n)).toBe(status));

  test.each([
    [0x80200003, { severity: 'failure', facility: 32, facilityName: 'BITS', number: 3 }],
    [0x800704dd, { severity: 'failure', facility: 7, facilityName: 'Win32', number: 0x4dd }],
    [0x83450001, { severity: 'failure', facility: 0x345, number: 1 }],
    [0x00200017, { severity: 'success', facility: 32, facilityName: 'BITS', number: 0x17 }],
  ])('hresultParts(%p)', (n, parts) => expect(hresultParts(n)).toEqual(parts));

  test.each([
    [0x801901ad, 'transfer', true, undefined],
    [0x801901a2, 'transfer', false, undefined],
    [0x80072f00 + 0x60, 'transfer', false, undefined],
    [0x800706bf, 'unavailable', false, 'rpc'],
    [0x80010012, 'unavailable', false, 'rpc'],
    [0x8020ffff, 'general', false, undefined],
    [0x80041234, 'general', false, undefined],
    [0x00201234, 'success', false, undefined],
  ])('a number without a row (%p) is %s', (n, family, retryable, reason) => {
    expect(describeCode(n)).toMatchObject({ hresult: n, family, retryable });
    expect(describeCode(n).reason).toBe(reason);
  });
});
