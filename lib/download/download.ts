import { randomBytes } from 'node:crypto';
import { discard } from './cancel_job';
import type { JobQueue } from './job_queue';
import { Caller } from './caller';
import { countJobs, findJobs, toGroups } from './found_downloads';
import type { Group } from './found_downloads';
import { sideSuffix } from './file_state';
import { samePlace } from './local_paths';
import { checkDownload } from './request';
import type { Plan } from './request';
import { beginRunning, findRunning, join } from './shared_downloads';
import { Transfer } from './session';
import type { DownloadOptions, DownloadProgress, DownloadResult } from './options';

/** `manager.download()`. */
export async function downloadThrough(bits: JobQueue, options: DownloadOptions): Promise<DownloadResult> {
  return downloadPlanned(bits, checkDownload(options));
}

/** The same with what has been checked already. */
async function downloadPlanned(bits: JobQueue, plan: Plan): Promise<DownloadResult> {
  return whilePatient(plan, (caller) => downloadFor(caller, bits, plan));
}

/** What a call of `download()` does, for as long as its caller is patient. */
export async function whilePatient(
  plan: Plan,
  work: (caller: Caller<DownloadProgress>) => Promise<DownloadResult>,
): Promise<DownloadResult> {
  const caller = new Caller('the download', plan.patience, plan.onProgress);
  try {
    return await caller.settle(work(caller));
  } finally {
    caller.end();
  }
}

/** The download of a caller. */
export async function downloadFor(
  caller: Caller<DownloadProgress>,
  bits: JobQueue,
  given: Plan,
): Promise<DownloadResult> {
  const patience = { ...given.patience, signal: caller.signal, timeout: Infinity }; // the caller looks at the time
  const plan = { ...given, patience };
  const limited = bits.limited(patience.serviceTimeout);
  caller.check();
  if (plan.key === null) {
    await countJobs(limited);
    return newTransfer(limited, plan, new Set([caller.report])).run({ caller, patience });
  }
  for (let known = findRunning(bits, plan); known !== undefined; known = findRunning(bits, plan)) {
    const result = await join(bits, known, plan, caller);
    if (result !== null) return result;
    caller.check();
  }
  return beginRunning(bits, plan, async ({ listeners, shared }) => {
    listeners.add(caller.report);
    const transfer = await prepare(limited, plan, listeners);
    return transfer.run({ caller, patience, shared });
  });
}

/** The jobs of an earlier call or process, or a new one. */
async function prepare(
  bits: JobQueue,
  plan: Plan,
  listeners: ReadonlySet<(progress: DownloadProgress) => void>,
): Promise<Transfer> {
  const group = await findGroup(bits, plan);
  if (group === null) {
    await countJobs(bits);
    return newTransfer(bits, plan, listeners);
  }
  const transfer = new Transfer(bits, plan, group.id, listeners);
  await adoptGroup(transfer, group);
  return transfer;
}

function newTransfer(
  bits: JobQueue,
  plan: Plan,
  listeners: ReadonlySet<(progress: DownloadProgress) => void>,
): Transfer {
  return new Transfer(bits, plan, randomBytes(6).toString('hex'), listeners);
}

/** Gives a transfer the jobs that an earlier one has left. */
export async function adoptGroup(transfer: Transfer, group: Group): Promise<void> {
  await transfer.adopt(
    group.parts.map(({ job }) => job),
    (group.parts.at(-1)?.tag.part ?? 0) + 1,
    await hasSideNames(group),
  );
}

/** The jobs of an earlier call with this key; those for other files, and doubles, are cancelled. */
async function findGroup(bits: JobQueue, plan: Plan): Promise<Group | null> {
  const groups = toGroups(await findJobs(bits, plan.owner)).filter(({ key }) => key === plan.key);
  let found: Group | null = null;
  for (const group of groups) {
    if (found === null && (await isFor(group, plan))) found = group;
    else for (const { job } of group.parts) await discard(job);
  }
  return found;
}

/** By what we wrote on the jobs; of those of 0.1.0 and before by what BITS tells of their files. */
async function isFor(group: Group, plan: Plan): Promise<boolean> {
  if (group.set !== null) return group.set === plan.set;
  const names = await finalNames(group);
  const wanted = plan.files.map((file) => file.path);
  return names.length === wanted.length && wanted.every((path) => names.some((name) => samePlace(name, path)));
}

/** The names that a transfer's files are to have in the end, as BITS tells them. */
export async function finalNames(group: Group): Promise<string[]> {
  const suffix = sideSuffix(group.id);
  const names = await localNames(group);
  return [...new Set(names.map((name) => (name.endsWith(suffix) ? name.slice(0, -suffix.length) : name)))];
}

/** Whether a transfer's files arrive beside their final names. */
async function hasSideNames(group: Group): Promise<boolean> {
  return group.side ?? (await localNames(group)).some((name) => name.endsWith(sideSuffix(group.id)));
}

async function localNames(group: Group): Promise<string[]> {
  const files = await Promise.all(group.parts.map(({ job }) => job.getFiles()));
  return Promise.all(files.flat().map((file) => file.getLocalName()));
}
