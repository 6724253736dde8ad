import fs from 'node:fs';
import path from 'node:path';
import { loadAddon } from '../../lib/native/load';

// The addon's table and its TypeScript contract are two lists of the same methods.
test('the contract names exactly the methods of the addon', () => {
  const text = fs.readFileSync(path.join(__dirname, '../../lib/contract/addon.ts'), 'utf8');
  const named = (group: string): string[] => {
    const body = new RegExp(`export interface Native${group} {\\n([^}]*)}`).exec(text)?.[1] ?? '';
    return [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name ?? '');
  };
  const addon = loadAddon();
  for (const group of ['manager', 'job', 'file', 'error', 'peerCache', 'record', 'peer'] as const) {
    const names = named(`${group.charAt(0).toUpperCase()}${group.slice(1)}`);
    expect(names.length).toBeGreaterThan(0);
    expect(names.sort()).toEqual(Object.keys(addon[group]).sort());
  }
});

describe('the addon refuses what TypeScript should never have let pass', () => {
  const addon = loadAddon();
  const call =
    (...args: unknown[]) =>
    () =>
      (addon.job.getState as (...args: unknown[]) => unknown)(...args);

  test('a handle that is none, or of another kind', () => {
    expect(call()).toThrow('argument 0: expected a handle');
    expect(call({})).toThrow('argument 0: expected a handle');
    expect(call(addon.openManager())).toThrow('argument 0: expected a handle of another kind');
  });

  test('arguments of the wrong shape', () => {
    const create =
      (...args: unknown[]) =>
      () =>
        (addon.manager.createJob as (...args: unknown[]) => unknown)(addon.openManager(), ...args);
    expect(create(7, 0)).toThrow('argument 1: expected text');
    expect(create('a\0b', 0)).toThrow('argument 1: expected text without NUL characters and lone surrogates');
    expect(create('a\udc00', 0)).toThrow('argument 1: expected text without NUL characters and lone surrogates');
    expect(create('x', -1)).toThrow('argument 2: expected an unsigned 32-bit integer');
    expect(create('x', 1.5)).toThrow('argument 2: expected an unsigned 32-bit integer');
    expect(() => addon.openManager('{1}')).toThrow('argument 0: expected a GUID in braces');
  });
});
