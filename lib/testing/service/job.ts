import { JOB_PRIORITY, NOTIFY_FLAGS, PROXY_USAGE } from '../../contract/enums';
import type { NativeJobProgress } from '../../contract/addon';
import type { Computer } from '../computer/computer';
import { LEAST_RETRY_DELAY } from '../engine/deadlines';
import type { JobState } from '../computer/state';
import { register } from './callbacks';
import { cancel, complete } from './ending';
import { addFiles } from './files';
import { allFlags, isOneOf } from './enumerations';
import { fail, need } from './failure';
import { hasOwnMethod, isActive, PRIORITY, STATE } from './job_kinds';
import { methodsOf, OK, several } from './methods';
import { resume, suspend } from './running';
import { isAtLeast } from './versions';
import { isAdministrator } from './rights';

const MAX_DISPLAY_NAME = 256;
const MAX_DESCRIPTION = 1024;
const MAX_PROXY_LIST = 4000;

/** BG_JOB_PROGRESS: the size of a job is unknown as long as that of any of its files is. */
export function progressOf({ files }: JobState): NativeJobProgress {
  const sizes = files.map(({ bytesTotal }) => bytesTotal);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const isKnown = (size: number | null): size is number => size !== null;
  return {
    bytesTotal: sizes.every(isKnown) ? sum(sizes) : null,
    bytesTransferred: sum(files.map(({ bytesTransferred }) => bytesTransferred)),
    filesTotal: files.length,
    filesTransferred: files.filter(({ completed }) => completed).length,
  };
}

/** Flags that an older BITS does not know are refused like those that do not exist. */
function knownNotifyFlags({ state }: Computer): number {
  const { fileTransferred, fileRangesTransferred } = NOTIFY_FLAGS.values;
  const all = allFlags(NOTIFY_FLAGS);
  if (isAtLeast(state, '10.1')) return all;
  return isAtLeast(state, '3.0') ? all & ~fileRangesTransferred : all & ~(fileRangesTransferred | fileTransferred);
}

/** IBackgroundCopyJob (https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyjob). */
export const JOB = methodsOf('job', 'IBackgroundCopyJob', {
  addFileSet: ({ computer, client, target }, files) => {
    addFiles(
      computer,
      client.identity,
      target.job,
      files.map((file) => ({ ...file, ranges: null })),
    );
    return OK;
  },
  addFile: ({ computer, client, target }, remoteName, localName) => {
    addFiles(computer, client.identity, target.job, [{ remoteName, localName, ranges: null }]);
    return OK;
  },
  enumFiles: ({ target: { job }, adopt }) => job.files.map((file) => adopt.file(job, file)),
  suspend: ({ computer, target }) => suspend(computer, target.job),
  resume: ({ computer, target }) => resume(computer, target.job),
  cancel: ({ computer, target }) => cancel(computer, target.job),
  complete: ({ computer, target }) => complete(computer, target.job),
  getId: ({ target }) => target.job.id,
  getType: ({ target }) => target.job.type,
  getProgress: ({ target }) => progressOf(target.job),
  getTimes: ({ target: { job } }) => ({
    creationTime: job.creationTime,
    modificationTime: job.modificationTime,
    transferCompletionTime: job.transferCompletionTime,
  }),
  getState: ({ target }) => target.job.state,
  // The error is gone once data moves again.
  getError: ({ target: { job }, adopt }) =>
    job.error === null ? fail('BG_E_ERROR_INFORMATION_UNAVAILABLE') : adopt.error(job, job.error),
  setDisplayName: ({ target }, value) => {
    need(value.length <= MAX_DISPLAY_NAME, 'BG_E_STRING_TOO_LONG');
    target.job.displayName = value;
    return OK;
  },
  getDisplayName: ({ target }) => target.job.displayName,
  setDescription: ({ target }, value) => {
    need(value.length <= MAX_DESCRIPTION, 'BG_E_STRING_TOO_LONG');
    target.job.description = value;
    return OK;
  },
  getDescription: ({ target }) => target.job.description,
  setPriority: ({ computer, target: { job } }, value) => {
    need(isOneOf(JOB_PRIORITY, value), 'E_NOTIMPL');
    // SetHttpMethod: another verb forces foreground priority, and locks it.
    need(value === PRIORITY.foreground || !hasOwnMethod(job), 'BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD');
    job.priority = value;
    if (isActive(job)) computer.engine.jobChanged(job);
    return OK;
  },
  getPriority: ({ target }) => target.job.priority,
  getOwner: ({ target }) => target.job.owner.sid,
  setNotifyFlags: ({ computer, target }, value) => {
    need((value & ~knownNotifyFlags(computer)) === 0, 'E_NOTIMPL');
    target.job.notifyFlags = value;
    return OK;
  },
  getNotifyFlags: ({ target }) => target.job.notifyFlags,
  setNotifyInterface: (call, listener) => {
    register(call, listener);
    return OK;
  },
  getNotifyInterface: ({ computer, target, own }) => {
    const registered = computer.registrations.get(target.job.id);
    // The object of a program that has ended counts as none.
    if (registered === undefined || !registered.client.alive) return 0;
    return registered === own.callback ? 1 : 2;
  },
  setMinimumRetryDelay: ({ computer, target: { job } }, seconds) => {
    job.minimumRetryDelay = Math.max(seconds, LEAST_RETRY_DELAY); // less becomes this
    if (job.state === STATE.transientError) computer.engine.jobChanged(job);
    return OK;
  },
  getMinimumRetryDelay: ({ target }) => target.job.minimumRetryDelay,
  setNoProgressTimeout: ({ computer, target: { job } }, seconds) => {
    job.noProgressTimeout = seconds;
    if (job.state === STATE.transientError) computer.engine.jobChanged(job);
    return OK;
  },
  getNoProgressTimeout: ({ target }) => target.job.noProgressTimeout,
  getErrorCount: ({ target }) => target.job.errorCount,
  setProxySettings: ({ target }, usage, list, bypass) => {
    need(isOneOf(PROXY_USAGE, usage), 'E_NOTIMPL');
    const isOverride = usage === PROXY_USAGE.values.override;
    need(isOverride ? list !== null : list === null && bypass === null, 'E_INVALIDARG');
    need((list ?? '').length <= MAX_PROXY_LIST, 'BG_E_PROXY_LIST_TOO_LARGE');
    need((bypass ?? '').length <= MAX_PROXY_LIST, 'BG_E_PROXY_BYPASS_LIST_TOO_LARGE');
    target.job.proxy = { usage, list, bypass };
    return OK;
  },
  getProxySettings: ({ target: { job } }) => several(job.proxy.usage, job.proxy.list, job.proxy.bypass),
  takeOwnership: ({ computer, client: { identity }, target: { job } }) => {
    need(isAdministrator(computer, identity), 'E_ACCESSDENIED');
    const { disk } = computer;
    const temporary = job.files.map(({ temporaryName }) => temporaryName).filter((name) => disk.stat(name) !== null);
    need(
      temporary.every((name) => disk.mayWrite(name, identity)),
      'BG_E_NEW_OWNER_NO_FILE_ACCESS',
    );
    // What is the former owner's secret goes; a registered callback stays with who registered it.
    Object.assign(job, {
      owner: { ...identity },
      credentials: [],
      clientCertificate: null,
      customHeaders: null,
      headersWriteOnly: false,
      notifyCmdLine: [null, null],
    } satisfies Partial<JobState>);
    computer.engine.jobChanged(job); // the new owner may be logged on
    return OK;
  },
});
