import { METHODS } from '../service/table';
import type { Group } from '../service/methods';
import type { AnyRun } from '../service/execute';

/** A row of the addon's method table. */
export interface MethodRow {
  readonly group: Group;
  /** In the contract: 'resume'. */
  readonly name: string;
  /** 'IBackgroundCopyJob::Resume' */
  readonly com: string;
  readonly face: string;
  readonly run: AnyRun;
  /** Not repeated when the connection breaks and it is not known whether the call was executed. */
  readonly once: boolean;
}

/** As in native/binding/methods.cc. */
const ONCE: ReadonlySet<string> = new Set([
  'job.addFileSet',
  'job.addFile',
  'job.cancel',
  'job.complete',
  'job.replaceRemotePrefix',
  'job.addFileWithRanges',
]);

/** The COM name of a method, which differs from that in the contract by its first letter. */
export function comName(face: string, name: string): string {
  return `${face}::${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

type Table = Readonly<Record<string, { readonly face: string; readonly run: AnyRun }>>;

/** The methods that are one COM method, by 'job.resume'. */
export const ROWS: ReadonlyMap<string, MethodRow> = new Map(
  (Object.keys(METHODS) as Group[]).flatMap((group) =>
    Object.entries(METHODS[group] as unknown as Table).map(([name, { face, run }]) => {
      const key = `${group}.${name}`;
      return [key, { group, name, com: comName(face, name), face, run, once: ONCE.has(key) }] as const;
    }),
  ),
);

/** Methods that are several COM methods; calls of them are recorded, and can be made to fail, under these names. */
export const COMPOSED: Readonly<Record<string, string>> = {
  'manager.createJob': 'IBackgroundCopyManager::CreateJob',
  'manager.jobSnapshots': 'IBackgroundCopyManager::JobSnapshots',
  'manager.jobChanges': 'IBackgroundCopyManager::JobChanges',
  'job.snapshot': 'IBackgroundCopyJob::Snapshot',
  'job.fileSnapshots': 'IBackgroundCopyJob::FileSnapshots',
  'manager.interfaces': 'IUnknown::Interfaces',
  'job.interfaces': 'IUnknown::Interfaces',
  'file.interfaces': 'IUnknown::Interfaces',
  'manager.probe': 'IBackgroundCopyManager::Probe',
};

const ALL: readonly (readonly [key: string, com: string])[] = [
  ...[...ROWS].map(([key, { com }]) => [key, com] as const),
  ...Object.entries(COMPOSED),
];

/**
 * The COM names that a name stands for: 'IBackgroundCopyJob::Resume', 'job.resume' or 'resume', which may be that of
 * several. None: there is no such method.
 */
export function comNames(name: string): ReadonlySet<string> {
  const found = ALL.filter(([key, com]) => name === com || name === key || key.endsWith(`.${name}`));
  return new Set(found.map(([, com]) => com));
}
