import type { NativeJobSnapshot } from '../../contract/addon';
import { comName, ROWS } from './method_names';
import type { SimulatedObject } from './objects';
import { isDisconnected, outcomeOf } from './outcome';
import type { Program } from './program';

/** Read before the state, and then the progress, as native/bits/calls.cc does. */
const BEFORE = {
  type: 'getType',
  priority: 'getPriority',
  times: 'getTimes',
  errorCount: 'getErrorCount',
  displayName: 'getDisplayName',
  description: 'getDescription',
  owner: 'getOwner',
} as const;

/** Everything but the state can be missing; a service that cannot be reached is a failure. */
export async function snapshot(program: Program, job: SimulatedObject): Promise<NativeJobSnapshot> {
  const face = 'IBackgroundCopyJob';
  return program.through(job, comName(face, 'snapshot'), face, [], async () => {
    const read = (name: string) => program.callMethod(job, ROWS.get(`job.${name}`)!, [], false);
    const readIfPossible = (name: string) =>
      read(name).catch((thrown: unknown) => {
        const outcome = outcomeOf(thrown);
        if (isDisconnected(outcome.hresult)) throw outcome;
        return null;
      });
    const fields: Record<string, unknown> = {};
    for (const [field, getter] of Object.entries(BEFORE)) fields[field] = await readIfPossible(getter);
    const state = await read('getState');
    const progress = await readIfPossible('getProgress');
    return { ...fields, state, progress } as unknown as NativeJobSnapshot;
  });
}
