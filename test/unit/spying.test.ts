import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type * as library from '../../lib';

const ENTRY = path.resolve(__dirname, '../../entry');
const bits = jest.requireActual<typeof library>('../../entry/index.cjs');
const names = Object.keys(bits) as (keyof typeof library)[];

test('every export is enumerable and can be configured and replaced', () => {
  expect(names.length).toBeGreaterThan(30);
  for (const name of names) {
    const { configurable, enumerable, writable, set } = Object.getOwnPropertyDescriptor(bits, name) ?? {};
    expect([name, configurable, enumerable, writable === true || set !== undefined]).toEqual([name, true, true, true]);
  }
  const copy = { ...bits };
  expect(copy.BitsError).toBe(bits.BitsError);
});

test('jest.spyOn', async () => {
  const spy = jest.spyOn(bits, 'download').mockResolvedValue({ bytes: 5 } as never);
  expect(await bits.download({ url: 'http://h/a', path: 'C:\\a' })).toEqual({ bytes: 5 });
  spy.mockRestore();
  expect(bits.isSupported().supported).toBe(process.platform === 'win32');
  const { BitsPeer } = bits;
  const assigned = bits as { BitsPeer: unknown };
  assigned.BitsPeer = Map;
  expect(bits.BitsPeer).toBe(Map);
  assigned.BitsPeer = BitsPeer;
  expect(bits.BitsPeer).toBe(BitsPeer);
});

test('jest.mock without a factory has functions and classes', () => {
  const mocked = jest.createMockFromModule<typeof library>('../../entry/index.cjs');
  expect(Object.keys(mocked).sort()).toEqual(expect.arrayContaining([...names].sort()));
  expect(jest.isMockFunction(mocked.connect)).toBe(true);
  expect(mocked.download({ url: 'http://h/a', path: 'C:\\a' })).toBeUndefined();
  expect(new Error('x')).not.toBeInstanceOf(mocked.BitsError);
  expect(jest.isMockFunction(mocked.BitsManager.prototype.getJobs)).toBe(true);
});

test('mock.method of node:test, for those who require and those who import', () => {
  const script = `
    const { mock } = require('node:test');
    const required = require('./index.cjs');
    import('./index.mjs').then((imported) => {
      mock.method(imported.default, 'hresultHex', () => 'mocked');
      const during = [required.hresultHex(1), imported.hresultHex(1)];
      mock.restoreAll();
      console.log(JSON.stringify([...during, required.hresultHex(1), imported.hresultHex(1)]));
    });`;
  const output = execFileSync(process.execPath, ['-e', script], { cwd: ENTRY, encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual(['mocked', 'mocked', '0x00000001', '0x00000001']);
});
