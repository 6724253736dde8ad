import { AUTH_SCHEME, AUTH_TARGET, FILE_ACL_FLAGS, JOB_PEER_CACHING_FLAGS } from '../../contract/enums';
import { replyOf } from './ending';
import { areFlagsOf, isOneOf } from './enumerations';
import { need } from './failure';
import { addFiles } from './files';
import { TYPE } from './job_kinds';
import { FALSE, methodsOf, OK, several } from './methods';
import { checkRemoteName, checkTarget } from './names';
import { NO_DOWNLOAD_TIME } from './queue';
import { isDynamic } from './job_properties';
import { getProperty, setProperty } from './properties';
import type { JobState } from '../computer/state';

/** MAX_PATH and the other limits include the terminating NUL. */
const MAX_PROGRAM = 259;
const MAX_PARAMETERS = 3999;
const MAX_USER_NAME = 299;
const MAX_PASSWORD = 65535;
const MAX_REPLY_DATA = 1 << 20;

function needUploadReply({ type }: JobState): void {
  need(type === TYPE.uploadReply, 'E_NOTIMPL');
}

function checkTargetAndScheme(target: number, scheme: number): void {
  need(isOneOf(AUTH_TARGET, target), 'BG_E_INVALID_AUTH_TARGET');
  need(isOneOf(AUTH_SCHEME, scheme), 'BG_E_INVALID_AUTH_SCHEME');
}

/** IBackgroundCopyJob2 (https://learn.microsoft.com/windows/win32/api/bits1_5/nn-bits1_5-ibackgroundcopyjob2). */
export const JOB_2 = methodsOf('job', 'IBackgroundCopyJob2', {
  setNotifyCmdLine: ({ target }, program, parameters) => {
    need(program !== null || parameters === null, 'E_INVALIDARG');
    need((program ?? '').length <= MAX_PROGRAM, 'BG_E_STRING_TOO_LONG');
    need((parameters ?? '').length <= MAX_PARAMETERS, 'BG_E_STRING_TOO_LONG');
    target.job.notifyCmdLine = [program, parameters];
    return OK;
  },
  getNotifyCmdLine: ({ target: { job } }) => several(...job.notifyCmdLine),
  getReplyProgress: ({ target: { job } }) => {
    needUploadReply(job);
    return { ...job.reply };
  },
  getReplyData: ({ target: { job } }) => {
    const reply = replyOf(job) ?? new Uint8Array(0);
    need(Math.max(reply.length, job.reply.bytesTransferred) <= MAX_REPLY_DATA, 'BG_E_TOO_LARGE');
    return reply;
  },
  setReplyFileName: ({ computer, client, target: { job } }, localName) => {
    need(job.reply.bytesTotal === null && job.reply.bytesTransferred === 0, 'BG_E_INVALID_STATE');
    const name = localName === '' ? null : localName; // BITS chooses one
    if (name !== null) checkTarget(computer, name, client.identity);
    job.replyFileName = name;
    return OK;
  },
  getReplyFileName: ({ target: { job } }) => {
    needUploadReply(job);
    return job.replyFileName;
  },
  setCredentials: ({ target: { job } }, target, scheme, userName, password) => {
    checkTargetAndScheme(target, scheme);
    // Without them, NTLM and Negotiate use those of the logged-on user.
    const { ntlm, negotiate } = AUTH_SCHEME.values;
    const implicit = scheme === ntlm || scheme === negotiate;
    need(implicit || (userName !== null && password !== null), 'E_INVALIDARG');
    need((userName ?? '').length <= MAX_USER_NAME, 'BG_E_USERNAME_TOO_LARGE');
    need((password ?? '').length <= MAX_PASSWORD, 'BG_E_PASSWORD_TOO_LARGE');
    const others = job.credentials.filter((each) => each.target !== target || each.scheme !== scheme);
    job.credentials = [...others, { target, scheme, userName, password }];
    return OK;
  },
  removeCredentials: ({ target: { job } }, target, scheme) => {
    checkTargetAndScheme(target, scheme);
    const others = job.credentials.filter((each) => each.target !== target || each.scheme !== scheme);
    const removed = others.length < job.credentials.length;
    job.credentials = others;
    return removed ? OK : FALSE;
  },
});

/** IBackgroundCopyJob3 (https://learn.microsoft.com/windows/win32/api/bits2_0/nn-bits2_0-ibackgroundcopyjob3). */
export const JOB_3 = methodsOf('job', 'IBackgroundCopyJob3', {
  replaceRemotePrefix: ({ target: { job } }, oldPrefix, newPrefix) => {
    need(oldPrefix !== '' && newPrefix !== '', 'E_INVALIDARG');
    const found = job.files.filter(({ remoteName }) => remoteName.startsWith(oldPrefix));
    const renamed = found.map((file) => newPrefix + file.remoteName.slice(oldPrefix.length));
    for (const name of renamed) checkRemoteName(name);
    for (const [at, file] of found.entries()) file.remoteName = renamed[at]!;
    return found.length > 0 ? OK : FALSE;
  },
  addFileWithRanges: ({ computer, client, target: { job } }, remoteName, localName, ranges) => {
    // BITS_JOB_PROPERTY_DYNAMIC_CONTENT: not together with ranges. The code is not documented.
    need(!isDynamic(job), 'BG_E_UNSUPPORTED_JOB_CONFIGURATION');
    addFiles(computer, client.identity, job, [{ remoteName, localName, ranges }]);
    return OK;
  },
  setFileACLFlags: ({ target }, flags) => {
    need(areFlagsOf(FILE_ACL_FLAGS, flags), 'E_INVALIDARG');
    target.job.fileAclFlags = flags;
    return OK;
  },
  getFileACLFlags: ({ target }) => target.job.fileAclFlags,
});

/** IBackgroundCopyJob4 (https://learn.microsoft.com/windows/win32/api/bits3_0/nn-bits3_0-ibackgroundcopyjob4). */
export const JOB_4 = methodsOf('job', 'IBackgroundCopyJob4', {
  setPeerCachingFlags: ({ target }, flags) => {
    need(areFlagsOf(JOB_PEER_CACHING_FLAGS, flags), 'E_NOTIMPL');
    target.job.peerCachingFlags = flags;
    return OK;
  },
  getPeerCachingFlags: ({ target }) => target.job.peerCachingFlags,
  getOwnerIntegrityLevel: ({ target }) => target.job.owner.integrity,
  getOwnerElevationState: ({ target }) => target.job.owner.elevated,
  setMaximumDownloadTime: ({ computer, target: { job } }, seconds) => {
    job.maximumDownloadTime = seconds;
    computer.engine.jobChanged(job);
    return OK;
  },
  getMaximumDownloadTime: ({ computer, target: { job } }) =>
    job.maximumDownloadTime === NO_DOWNLOAD_TIME ? computer.state.policy.maxDownloadTime : job.maximumDownloadTime,
});

/** IBackgroundCopyJob5 (https://learn.microsoft.com/windows/win32/api/bits5_0/nn-bits5_0-ibackgroundcopyjob5). */
export const JOB_5 = methodsOf('job', 'IBackgroundCopyJob5', {
  setProperty: ({ computer, target: { job } }, id, value) => {
    setProperty(computer.state, job, id, value);
    computer.engine.jobChanged(job); // the cost policy takes effect at once
    return OK;
  },
  getProperty: ({ computer, target }, id) => getProperty(computer.state, target.job, id),
});
