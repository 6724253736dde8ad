import type { Computer } from '../computer/computer';
import type { JobState } from '../computer/state';
import { CallFailure, hr } from './failure';
import { notify, touch } from './job_events';
import { hasEnded, TYPE } from './job_kinds';
import { checkLegality } from './legality';
import type { Call, Group } from './methods';
import { checkRights, isReading } from './rights';
import { WINE, WINE_CHECKS_STATE } from './wine';

/** A method of any group, when it no longer matters which. */
export type AnyRun = (call: Call<never>, ...args: readonly unknown[]) => unknown;

/** Calls that change no property of the job: those that move it write its times themselves. */
const NO_PROPERTY: ReadonlySet<string> = new Set([
  'job.resume',
  'job.suspend',
  'job.cancel',
  'job.complete',
  'job.setNotifyInterface',
  'job.setServerCertificateValidationInterface',
  'file.setValidationState',
]);

/**
 * One call, as the service executes it: rights, then state, then the method, which checks its arguments. Throws
 * CallFailure. Which check comes first where several fail is not documented.
 */
export function execute(
  group: Group,
  name: string,
  run: AnyRun,
  call: Call<unknown>,
  args: readonly unknown[],
): unknown {
  const method = `${group}.${name}`;
  const { computer, target } = call;
  const job = isAboutJob(target) ? target.job : null;
  if (computer.state.profile === 'wine-8') {
    const answer = WINE[method];
    if (typeof answer === 'string') throw new CallFailure(hr(answer));
    if (answer !== undefined) return answer.value;
    if (job !== null && WINE_CHECKS_STATE.includes(method)) checkLegality(method, { ...job, type: TYPE.download });
  } else if (job !== null) {
    checkRights(computer, call.client.identity, method, job);
    checkLegality(method, job);
  }
  const answer = run(call as Call<never>, ...args);
  if (job !== null && !isReading(method) && !NO_PROPERTY.has(method) && !hasEnded(job)) modified(computer, job);
  return answer;
}

/** IBackgroundCopyCallback::JobModification: also for what a program changes. */
function modified(computer: Computer, job: JobState): void {
  touch(computer, job);
  notify(computer, job, { type: 'modification' });
}

function isAboutJob(target: unknown): target is { readonly job: JobState } {
  return typeof target === 'object' && target !== null && 'job' in target;
}
