import { JOB_STATE } from '../../../lib/contract/enums';
import type { Lying } from './lying';
import {
  answer,
  answering,
  delivering,
  driving,
  failingAs,
  on,
  pretending,
  sending,
  stuck,
  telling,
  without,
  withWrongByte,
} from './lying';

// A simulation that is wrong in one point each, and the case that must notice it.

const STATE = JOB_STATE.values;

export interface Lie {
  readonly lie: string;
  readonly told: Lying;
  /** Id of the case. */
  readonly caughtBy: string;
}

const states: readonly Lie[] = [
  { lie: 'connecting is left out', told: telling(STATE.connecting, STATE.queued), caughtBy: 'states/connecting' },
  {
    lie: 'transferring is left out',
    told: telling(STATE.transferring, STATE.connecting),
    caughtBy: 'states/all-seen',
  },
  { lie: 'a new job is queued', told: telling(STATE.suspended, STATE.queued), caughtBy: 'states/new' },
  { lie: 'every error is fatal', told: telling(STATE.transientError, STATE.error), caughtBy: 'errors/http-503' },
  { lie: 'no error is fatal', told: telling(STATE.error, STATE.transientError), caughtBy: 'errors/http-404' },
  {
    lie: 'a completed job is still transferred',
    told: telling(STATE.acknowledged, STATE.transferred),
    caughtBy: 'ending/complete',
  },
  { lie: 'Suspend does nothing', told: pretending('job', 'suspend'), caughtBy: 'states/suspend-when-transferring' },
  { lie: 'Cancel does nothing', told: pretending('job', 'cancel'), caughtBy: 'states/cancel-when-suspended' },
  {
    lie: 'an ended job can be resumed',
    told: answering('job', 'resume', (real) => real().catch(() => 0)),
    caughtBy: 'states/resume-when-cancelled',
  },
];

const codes: readonly Lie[] = [
  {
    lie: 'Resume without files has another code',
    told: failingAs('job', 'resume', 'BG_E_INVALID_STATE'),
    caughtBy: 'states/resume-empty',
  },
  {
    lie: 'an unknown job is one of somebody else',
    told: failingAs('manager', 'getJob', 'E_ACCESSDENIED'),
    caughtBy: 'settings/unknown-id',
  },
  {
    lie: '404 is told as 403',
    told: answer('error', 'getError', (told) => [(told as number[])[0], 0x80190193]),
    caughtBy: 'errors/http-404',
  },
  {
    lie: 'the context of an error is the local file',
    told: answer('error', 'getError', (told) => [4, (told as number[])[1]]),
    caughtBy: 'errors/http-404',
  },
  {
    lie: 'a partial Complete is a whole one',
    told: answer('job', 'complete', () => 0),
    caughtBy: 'ending/partial',
  },
  {
    lie: 'there is always an error to read',
    told: answering('job', 'getError', (real) => real().catch(() => ({}))),
    caughtBy: 'states/error-information',
  },
  {
    lie: 'errors are counted twice',
    told: answer('job', 'getErrorCount', (count) => 2 * Number(count)),
    caughtBy: 'errors/counted',
  },
  {
    lie: 'new jobs are in the foreground',
    told: answer('job', 'getPriority', () => 0),
    caughtBy: 'settings/priority',
  },
];

const limits: readonly Lie[] = [
  {
    lie: '61 jobs a user',
    told: on(({ state }) => void (state.policy.maxJobsPerUser = 61)),
    caughtBy: 'ownership/sixty-jobs',
  },
  {
    lie: '59 jobs a user',
    told: on(({ state }) => void (state.policy.maxJobsPerUser = 59)),
    caughtBy: 'ownership/sixty-jobs',
  },
  {
    lie: '301 jobs a computer',
    told: on(({ state }) => void (state.policy.maxJobsPerMachine = 301)),
    caughtBy: 'ownership/three-hundred-jobs',
  },
  {
    lie: '199 files a job',
    told: on(({ state }) => void (state.policy.maxFilesPerJob = 199)),
    caughtBy: 'files/limit',
  },
  {
    lie: '201 files a job',
    told: on(({ state }) => void (state.policy.maxFilesPerJob = 201)),
    caughtBy: 'files/limit',
  },
  {
    lie: '501 ranges a file',
    told: on(({ state }) => void (state.policy.maxRangesPerFile = 501)),
    caughtBy: 'files/ranges-limit',
  },
  {
    lie: 'a standard user may write to C:\\',
    told: on(({ disk }) => void (disk.mayWrite = () => true)),
    caughtBy: 'files/access-denied',
  },
  {
    lie: 'everybody sees the jobs of all users',
    told: answering('manager', 'enumJobs', (real) => real().catch(() => [])),
    caughtBy: 'ownership/others-list',
  },
  {
    lie: 'TakeOwnership changes nothing',
    told: pretending('job', 'takeOwnership'),
    caughtBy: 'ownership/take',
  },
  {
    lie: 'owners do not log off',
    told: on(({ state }) => {
      for (const user of state.users) stuck(user, 'loggedOn', true);
    }),
    caughtBy: 'ownership/logged-off',
  },
];

const callbacks: readonly Lie[] = [
  {
    lie: 'jobTransferred is lost',
    told: delivering((deliver, event) => event.type === 'transferred' || deliver(event)),
    caughtBy: 'callbacks/transferred',
  },
  {
    lie: 'jobError is lost',
    told: delivering((deliver, event) => event.type === 'error' || deliver(event)),
    caughtBy: 'callbacks/error',
  },
  {
    lie: 'a modification is told as an error',
    told: delivering((deliver, event) => deliver(event.type === 'modification' ? { type: 'error' } : event)),
    caughtBy: 'callbacks/transient-is-no-error',
  },
  {
    lie: 'modifications are lost',
    told: delivering((deliver, event) => event.type === 'modification' || deliver(event)),
    caughtBy: 'callbacks/modification',
  },
  {
    lie: 'modifications come tenfold',
    told: delivering((deliver, event) => Array.from({ length: 10 }, () => deliver(event)).every(Boolean)),
    caughtBy: 'callbacks/modification-throttled',
  },
  {
    lie: 'the first registration wins',
    told: on(({ registrations }) => {
      const set = registrations.set.bind(registrations);
      registrations.set = (id, registration) => (registrations.has(id) ? registrations : set(id, registration));
    }),
    caughtBy: 'callbacks/last-wins',
  },
  {
    lie: 'callbacks cannot be withdrawn',
    told: answering('job', 'setNotifyInterface', (real, [, listener]) =>
      listener === null ? Promise.resolve(0) : real(),
    ),
    caughtBy: 'callbacks/withdrawn',
  },
  {
    lie: 'notify flags are ignored',
    told: pretending('job', 'setNotifyFlags'),
    caughtBy: 'callbacks/disabled',
  },
];

const transfers: readonly Lie[] = [
  {
    lie: 'Suspend loses what has arrived',
    told: driving((engine) => ({
      jobStopped: (job) => {
        engine.jobStopped(job);
        for (const file of job.files) Object.assign(file, { bytesTransferred: 0, filled: [] });
      },
    })),
    caughtBy: 'resuming/suspend-keeps',
  },
  {
    lie: 'nobody asks for the size first',
    told: sending((request, send) => send({ ...request, method: 'GET' })),
    caughtBy: 'downloading/head-first',
  },
  {
    lie: 'headers are not sent',
    told: sending((request, send) =>
      send({ ...request, headers: request.headers.filter(([name]) => !name.startsWith('X-')) }),
    ),
    caughtBy: 'downloading/headers-sent',
  },
  {
    lie: 'a length is invented',
    told: sending(async (request, send) => {
      const response = await send(request);
      return { ...response, headers: [...response.headers, ['Content-Length', '1000']] };
    }),
    caughtBy: 'downloading/no-length',
  },
  {
    lie: 'a byte is wrong',
    told: sending(async (request, send) => {
      const response = await send(request);
      return { ...response, body: withWrongByte(response.body) };
    }),
    caughtBy: 'downloading/arrives',
  },
  {
    lie: 'a redirect is an ordinary answer',
    told: sending(async (request, send) => {
      const response = await send(request);
      return response.status === 302 ? { ...response, status: 200 } : response;
    }),
    caughtBy: 'downloading/redirect-refused',
  },
  {
    lie: '503 is told as 404',
    told: sending(async (request, send) => {
      const response = await send(request);
      return response.status === 503 ? { ...response, status: 404 } : response;
    }),
    caughtBy: 'resuming/transient-fixed',
  },
  {
    lie: 'servers have no validators',
    told: sending(async (request, send) => without(await send(request), 'etag')),
    caughtBy: 'downloading/response-headers',
  },
  {
    lie: 'a file that is in use can be replaced',
    told: on(({ disk }) => void (disk.lock = () => undefined)),
    caughtBy: 'ending/target-in-use',
  },
  {
    lie: 'Cancel leaves temporary files',
    told: on(({ disk }) => {
      const remove = disk.remove.bind(disk);
      disk.remove = (file) => {
        if (!/\.tmp$/i.test(file)) remove(file);
      };
    }),
    caughtBy: 'ending/cancel-cleans',
  },
];

const waiting: readonly Lie[] = [
  {
    lie: 'nobody notices that the network is lost',
    told: driving(() => ({ conditionsChanged: () => undefined })),
    caughtBy: 'conditions/network-while-transferring',
  },
  {
    lie: 'the network is always there',
    told: on(({ state }) => stuck(state.network, 'connected', true)),
    caughtBy: 'conditions/network-at-resume',
  },
  {
    lie: 'every network is for free',
    told: on(({ state }) => stuck(state.network, 'cost', 1)),
    caughtBy: 'conditions/cost-while-transferring',
  },
  {
    lie: 'the battery saver saves nothing',
    told: on(({ state }) => stuck(state.power, 'saver', false)),
    caughtBy: 'conditions/battery-saver-at-resume',
  },
  {
    lie: 'games are played beside downloads',
    told: on(({ state }) => stuck(state.policy, 'gameMode', false)),
    caughtBy: 'conditions/game-mode-while-transferring',
  },
  {
    lie: 'the bandwidth policy is ignored',
    told: on(({ state }) => stuck(state.policy, 'bandwidth', null)),
    caughtBy: 'conditions/bandwidth-zero-at-resume',
  },
  {
    lie: 'what has arrived is lost when a condition begins',
    told: driving((engine, { state }) => ({
      conditionsChanged: () => {
        engine.conditionsChanged();
        for (const file of state.jobs.flatMap(({ files }) => files))
          if (!file.completed) Object.assign(file, { bytesTransferred: 0, filled: [] });
      },
    })),
    caughtBy: 'conditions/network-while-transferring',
  },
  {
    lie: 'a network is waited for no longer than the no-progress time-out',
    told: driving((engine, { state, clock }) => ({
      jobChanged: (job) => {
        engine.jobChanged(job);
        clock.schedule(job.noProgressTimeout * 1000, () => {
          if (!state.network.connected) job.state = STATE.error;
        });
      },
    })),
    caughtBy: 'conditions/no-retry-meanwhile',
  },
  {
    lie: 'it is tried again after one minute',
    told: driving((engine) => ({
      jobChanged: (job) => {
        if (job.minimumRetryDelay === 600) job.minimumRetryDelay = 60;
        engine.jobChanged(job);
      },
    })),
    caughtBy: 'errors/retry-default',
  },
  {
    lie: 'it is never tried again',
    told: driving((engine) => ({
      jobChanged: (job) => {
        stuck(job, 'nextRetry', null);
        engine.jobChanged(job);
      },
    })),
    caughtBy: 'errors/retry-repeats',
  },
  {
    lie: 'jobs are lost when the service ends',
    told: driving((engine, { state }) => ({
      stop: () => {
        engine.stop();
        state.jobs.length = 0;
      },
    })),
    caughtBy: 'restart/reboot',
  },
  {
    lie: 'a crash is an ordinary stop',
    told: driving((engine) => ({ stop: () => engine.stop(false) })),
    caughtBy: 'restart/high-performance',
  },
  {
    lie: 'every stop is a crash',
    told: driving((engine) => ({ stop: () => engine.stop(true) })),
    caughtBy: 'restart/high-performance',
  },
  {
    lie: 'the service never stops by itself',
    told: on(({ state }) => stuck(state.service, 'idleSince', null)),
    caughtBy: 'restart/idle-stop',
  },
  {
    lie: 'headers are lost when the service ends',
    told: driving((engine, { state }) => ({
      stop: () => {
        engine.stop();
        for (const job of state.jobs) job.customHeaders = null;
      },
    })),
    caughtBy: 'restart/reboot-settings',
  },
  {
    lie: 'changed addresses are written down at once',
    told: driving((engine, { state }) => ({
      stop: () => {
        engine.stop();
        for (const file of state.jobs.flatMap(({ files }) => files)) file.savedRemoteName = file.remoteName;
      },
    })),
    caughtBy: 'restart/remote-name-unsaved',
  },
];

const settings: readonly Lie[] = [
  { lie: 'properties can be set late', told: pretending('job', 'setProperty'), caughtBy: 'properties/after-resume' },
  {
    lie: 'invalid files are valid',
    told: pretending('file', 'setValidationState'),
    caughtBy: 'properties/validation-false',
  },
  {
    lie: 'write-only headers can be read',
    told: pretending('job', 'makeCustomHeadersWriteOnly'),
    caughtBy: 'settings/headers-write-only',
  },
  {
    lie: 'the retry delay is kept in minutes',
    told: answer('job', 'getMinimumRetryDelay', (seconds) => Number(seconds) / 60),
    caughtBy: 'settings/minimum-retry-delay',
  },
  { lie: 'every job is a download', told: answer('job', 'getType', () => 0), caughtBy: 'settings/types' },
  { lie: 'descriptions are lost', told: pretending('job', 'setDescription'), caughtBy: 'settings/description' },
];

export const LIES: readonly Lie[] = [
  ...states,
  ...codes,
  ...limits,
  ...callbacks,
  ...transfers,
  ...waiting,
  ...settings,
];
