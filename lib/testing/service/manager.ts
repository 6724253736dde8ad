import { ENUM_FLAGS, JOB_TYPE } from '../../contract/enums';
import { isOneOf } from './enumerations';
import { CallFailure, need } from './failure';
import { methodsOf } from './methods';
import type { Call } from './methods';
import { checkJobLimits, enqueue, findJob } from './queue';
import { checkAccess, isAdministrator } from './rights';
import { errorText } from './texts';
import type { JobState } from '../computer/state';

const MAX_DISPLAY_NAME = 256;

/** IBackgroundCopyManager::CreateJob, by itself; what the addon's createJob does besides is in addon/new_job.ts. */
export function createJob({ computer, client }: Call<null>, displayName: string, type: number): JobState {
  need(displayName.length <= MAX_DISPLAY_NAME, 'E_INVALIDARG');
  need(isOneOf(JOB_TYPE, type), 'E_NOTIMPL');
  checkJobLimits(computer, client.identity);
  return enqueue(computer, client.identity, displayName, type);
}

export const MANAGER = methodsOf('manager', 'IBackgroundCopyManager', {
  /** By itself it only starts the service. */
  connect: () => 0,
  getJob: ({ computer, client, adopt }, id) => {
    const job = findJob(computer, id.toLowerCase());
    need(job !== undefined, 'BG_E_NOT_FOUND');
    checkAccess(computer, client.identity, job);
    return adopt.job(job);
  },
  enumJobs: ({ computer, client, adopt }, flags) => {
    const all = flags === ENUM_FLAGS.values.allUsers;
    need(all || flags === 0, 'E_INVALIDARG');
    need(!all || isAdministrator(computer, client.identity), 'E_ACCESSDENIED');
    // Others' jobs, and an elevated program's, are not in the list: the caller could not use them.
    const listed = computer.state.jobs.filter((job) => {
      if (!all && job.owner.sid !== client.identity.sid) return false;
      return allows(() => checkAccess(computer, client.identity, job));
    });
    return listed.map((job) => adopt.job(job));
  },
  getErrorDescription: (_call, hresult, languageId) => errorText(hresult, languageId),
});

function allows(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof CallFailure) return false;
    throw error;
  }
}
