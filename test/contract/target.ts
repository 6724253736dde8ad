import type { Control, World } from './world';

/** A world for one case, and what takes it down again. */
export interface OpenWorld {
  readonly world: World;
  close(): Promise<void>;
}

/** A service that cases are tried on. */
export interface Target {
  /** As in data/contract-differences.json: 'windows', 'wine-8', 'simulation', 'simulated-wine-8'. */
  readonly name: TargetName;
  /** Version of the system, for its record: '10.0.26100'. */
  readonly version?: string;
  open(): Promise<OpenWorld>;
  /** Ends what all worlds share. */
  close?(): Promise<void>;
}

export type TargetName = 'windows' | 'wine-8' | 'simulation' | 'simulated-wine-8';

const EVERYTHING: readonly Control[] = [
  'network',
  'power',
  'policy',
  'users',
  'service',
  'machine',
  'clock',
  'uploads',
  'proxy',
  'programs',
];

/**
 * What cases may control on each target. A case that takes more cannot be tried there: "no control" in
 * docs/testing/differences.md.
 */
export const CONTROLS: Readonly<Record<TargetName, readonly Control[]>> = {
  windows: ['uploads', 'programs'],
  'wine-8': ['programs'],
  simulation: EVERYTHING,
  'simulated-wine-8': ['programs'], // what Wine itself can be asked
};

/** A control that the target of a case does not have. */
export function noControl(control: Control): never {
  throw new Error(`no control: ${control}; the case has to list it in needs`);
}
