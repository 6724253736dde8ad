import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ComputerSettings } from '../computer/fresh_state';
import type { ComputerState } from '../computer/state';
import { HOST } from '../../host';

/** Names the state file, which all processes of a simulation have in common. */
export const STATE_VARIABLE = 'WINDOWS_BITS_SIMULATION';
/** How many times as fast as in the world simulated time passes. Default 1. */
export const SPEED_VARIABLE = 'WINDOWS_BITS_SIMULATION_SPEED';

/** The files and names of a shared simulation. */
export interface SharedPlace {
  readonly stateFile: string;
  /** Held by the process of the service. */
  readonly lockFile: string;
  /** Where the service listens: a socket, which cannot have a long name, or a pipe. */
  readonly address: string;
  /** Folders that are drives, by 'C:'. On Windows, all drives are the real ones. */
  readonly drives: Readonly<Record<string, string>>;
}

export function placeOf(stateFile: string): SharedPlace {
  const file = path.resolve(stateFile);
  const id = `windows-bits-${createHash('sha256').update(file).digest('hex').slice(0, 16)}`;
  const onWindows = process.platform === 'win32';
  return {
    stateFile: file,
    lockFile: `${file}.lock`,
    address: onWindows ? `\\\\.\\pipe\\${id}` : path.join(os.tmpdir(), `${id}.sock`),
    drives: onWindows ? {} : { 'C:': `${file}.drive` },
  };
}

/** The saved state, or what a new computer is like. */
export function readState({ stateFile }: SharedPlace): ComputerState | ComputerSettings {
  const text = fs.existsSync(stateFile) ? fs.readFileSync(stateFile, 'utf8') : '';
  if (text.trim() !== '') return JSON.parse(text) as ComputerState;
  const now = HOST.clock.date().getTime();
  return { profile: 'windows', version: '10.3', seed: 1, now, user: { name: 'user', kind: 'standard' } };
}

/** At no moment is there half a file. */
export function writeState({ stateFile }: SharedPlace, state: ComputerState): void {
  fs.writeFileSync(`${stateFile}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  fs.renameSync(`${stateFile}.new`, stateFile);
}

export function speedFrom(text: string | undefined): number {
  const speed = text === undefined || text === '' ? 1 : Number(text);
  if (speed > 0 && Number.isFinite(speed)) return speed;
  throw new TypeError(`${SPEED_VARIABLE} must be a number above 0, not ${String(text)}`);
}
