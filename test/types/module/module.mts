// The package as TypeScript sees it from an ES module; see commonjs.cts.
import { BitsError, connect, isSupported } from 'windows-bits';
import type { BitsJob, BitsManager } from 'windows-bits';
import * as everything from 'windows-bits';
import { simulateBits } from 'windows-bits/testing';
import type { Simulation } from 'windows-bits/testing';

export async function use(url: string, path: string): Promise<BitsJob> {
  if (!isSupported().supported) throw new Error('not here');
  const manager: BitsManager = await connect();
  return manager.createJob({ name: 'types', files: [{ url, path }] });
}

// The same class by either way.
export const same: typeof BitsError = everything.BitsError;
// What spies are put on: the CommonJS exports.
export const spied: typeof everything.connect = everything.default.connect;

// The simulation's own types, and its managers as those of the package.
export async function simulated(): Promise<BitsManager> {
  await using sim: Simulation = simulateBits({ disk: 'memory', clock: 'manual' });
  await sim.clock.advance('1.5h');
  // @ts-expect-error: no unit
  await sim.clock.advance('1');
  return sim.connect();
}
