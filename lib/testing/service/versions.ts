import type { BitsVersion, ComputerState } from '../computer/state';

/*
 * What each version of BITS has. Microsoft: "What's New", and the requirements of the interfaces' pages.
 */

const VERSIONS: readonly BitsVersion[] = ['1.5', '2.0', '2.5', '3.0', '4.0', '5.0', '10.1', '10.2', '10.3'];

export function isAtLeast({ version }: ComputerState, needed: BitsVersion): boolean {
  return VERSIONS.indexOf(version) >= VERSIONS.indexOf(needed);
}

/** What has an interface: the objects of BITS, by the handles of the contract. */
export type ObjectKind = 'manager' | 'job' | 'file' | 'error' | 'record' | 'peer';

interface Interface {
  readonly name: string;
  readonly of: ObjectKind;
  readonly since: BitsVersion;
}

/** Every interface that the addon knows, in its order. */
const INTERFACES: readonly Interface[] = [
  { name: 'IBackgroundCopyManager', of: 'manager', since: '1.5' },
  { name: 'IBackgroundCopyJob', of: 'job', since: '1.5' },
  { name: 'IBackgroundCopyJob2', of: 'job', since: '1.5' },
  { name: 'IBackgroundCopyJob3', of: 'job', since: '2.0' },
  { name: 'IBackgroundCopyJob4', of: 'job', since: '3.0' },
  { name: 'IBackgroundCopyJob5', of: 'job', since: '5.0' },
  { name: 'IBackgroundCopyJobHttpOptions', of: 'job', since: '2.5' },
  { name: 'IBackgroundCopyJobHttpOptions2', of: 'job', since: '10.2' },
  { name: 'IBackgroundCopyJobHttpOptions3', of: 'job', since: '10.3' },
  { name: 'IBitsTokenOptions', of: 'job', since: '4.0' },
  { name: 'IBackgroundCopyFile', of: 'file', since: '1.5' },
  { name: 'IBackgroundCopyFile2', of: 'file', since: '2.0' },
  { name: 'IBackgroundCopyFile3', of: 'file', since: '3.0' },
  { name: 'IBackgroundCopyFile4', of: 'file', since: '4.0' },
  { name: 'IBackgroundCopyFile5', of: 'file', since: '5.0' },
  { name: 'IBackgroundCopyFile6', of: 'file', since: '10.1' },
  { name: 'IBackgroundCopyError', of: 'error', since: '1.5' },
  { name: 'IBitsPeerCacheAdministration', of: 'manager', since: '3.0' },
  { name: 'IBitsPeerCacheRecord', of: 'record', since: '3.0' },
  { name: 'IBitsPeer', of: 'peer', since: '3.0' },
];

/** Interfaces of BITS 3.0 that Wine 8 lacks: it has no temporary names and no peer cache. */
const WINE_LACKS: readonly string[] = ['IBackgroundCopyFile3', 'IBitsPeerCacheAdministration'];

/** Wine's service is a BITS 3.0, whatever the version of the computer. */
function has(state: ComputerState, { name, since }: Interface): boolean {
  if (state.profile === 'windows') return isAtLeast(state, since);
  return isAtLeast({ ...state, version: '3.0' }, since) && !WINE_LACKS.includes(name);
}

/** Names of the interfaces that an object has. */
export function interfacesOf(state: ComputerState, kind: ObjectKind): string[] {
  return INTERFACES.filter((each) => each.of === kind && has(state, each)).map(({ name }) => name);
}

export function hasInterface(state: ComputerState, name: string): boolean {
  const known = INTERFACES.find((each) => each.name === name);
  return known === undefined || has(state, known);
}

/** CLSIDs: the one that every version has, and those that tell the version. */
const CLASSES: Readonly<Record<string, BitsVersion>> = {
  '{4991d34b-80a1-4291-83b6-3328366b9097}': '1.5',
  '{f087771f-d74f-4c1a-bb8a-e16aca9124ea}': '1.5',
  '{6d18ad12-bde3-4393-b311-099c346e6df9}': '2.0',
  '{03ca98d6-ff5d-49b8-abc6-03dd84127020}': '2.5',
  '{659cdea7-489e-11d9-a9cd-000d56965251}': '3.0',
  '{bb6df56b-cace-11dc-9992-0019b93a3a84}': '4.0',
  '{1ecca34c-e88a-44e3-8d6a-8921bde9e452}': '5.0',
  '{4bd3e4e1-7bd4-4a2b-9964-496400de5193}': '10.1',
  '{4575438f-a6c8-4976-b0fe-2f26b80d959e}': '10.2',
  '{5fd42ad5-c04e-4d36-adc7-e08ff15737ad}': '10.3',
};

/** Whether a class can be created here. */
export function hasClass(state: ComputerState, clsid: string): boolean {
  const since = CLASSES[clsid.toLowerCase()];
  return since !== undefined && isAtLeast(state, since);
}

/** A Windows that came with a version of BITS. */
export const WINDOWS: Readonly<Record<BitsVersion, string>> = {
  '1.5': '5.1.2600',
  '2.0': '5.1.2600',
  '2.5': '5.1.2600',
  '3.0': '6.0.6002',
  '4.0': '6.1.7601',
  '5.0': '6.2.9200',
  '10.1': '10.0.15063',
  '10.2': '10.0.17763',
  '10.3': '10.0.19045',
};
