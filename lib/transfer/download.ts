import { randomBytes } from 'node:crypto';
import { discard } from '../discard';
import { BitsAbortError } from '../errors';
import type { BitsManager } from '../manager';
import { bounded } from '../within';
import { countJobs, findJobs, toGroups } from './groups';
import type { Group } from './groups';
import { sideSuffix } from './item';
import { checkDownload } from './plan';
import type { Plan } from './plan';
import { Transfer } from './transfer';
import type { DownloadOptions, DownloadResult } from './types';

/** Downloads with a key that are under way in this process, by manager: the same key again joins them. */
const underWay = new WeakMap<BitsManager, Map<string, { readonly transfer: Promise<Transfer>; readonly result: Promise<DownloadResult> }>>();

/** `manager.download()`. */
export async function downloadThrough(bits: BitsManager, options: DownloadOptions): Promise<DownloadResult> {
  return downloadPlanned(bits, checkDownload(options));
}

/** The same with what has been checked already. */
export async function downloadPlanned(bits: BitsManager, plan: Plan): Promise<DownloadResult> {
  return bounded('the download', plan.patience, start(bits, plan));
}

async function start(bits: BitsManager, plan: Plan): Promise<DownloadResult> {
  if (plan.key === null) {
    const transfer = await prepare(bits, plan, null);
    return follow(transfer, plan, transfer.run());
  }
  let running = underWay.get(bits);
  if (running === undefined) underWay.set(bits, running = new Map<string, never>());
  const name = JSON.stringify([plan.owner, plan.key, plan.files.map((file) => file.path.toLowerCase()).sort()]);
  const known = running.get(name);
  if (known !== undefined) return abortable(follow(await known.transfer, plan, known.result), plan.patience.signal);

  const transfer = findGroup(bits, plan).then((group) => prepare(bits, plan, group));
  const result = transfer.then((ready) => follow(ready, plan, ready.run()));
  running.set(name, { transfer, result });
  try {
    return await result;
  } finally {
    running.delete(name);
  }
}

async function prepare(bits: BitsManager, plan: Plan, group: Group | null): Promise<Transfer> {
  if (plan.patience.signal?.aborted === true) {
    throw new BitsAbortError('the download', { cause: plan.patience.signal.reason });
  }
  if (group !== null) {
    const transfer = new Transfer(bits, plan, group.id, await hasSideNames(group));
    await transfer.adopt(group.parts.map(({ job }) => job), (group.parts.at(-1)?.tag.part ?? 0) + 1);
    return transfer;
  }
  await countJobs(bits);
  const { interfaces } = await bits.capabilities;
  return new Transfer(bits, plan, randomBytes(6).toString('hex'), !interfaces.has('IBackgroundCopyFile3'));
}

/** The jobs of an earlier call with this key; those for other files, and doubles, are cancelled. */
async function findGroup(bits: BitsManager, plan: Plan): Promise<Group | null> {
  const groups = toGroups(await findJobs(bits, plan.owner)).filter(({ key }) => key === plan.key);
  let found: Group | null = null;
  for (const group of groups) {
    if (found === null && (await isFor(group, plan))) found = group;
    else for (const { job } of group.parts) await discard(job);
  }
  return found;
}

async function isFor(group: Group, plan: Plan): Promise<boolean> {
  const list = (names: Iterable<string>) => JSON.stringify([...new Set([...names].map((name) => name.toLowerCase()))].sort());
  return list(await finalNames(group)) === list(plan.files.map((file) => file.path));
}

/** The names that a transfer's files are to have in the end. */
export async function finalNames(group: Group): Promise<string[]> {
  const suffix = sideSuffix(group.id);
  const names = await localNames(group);
  return [...new Set(names.map((name) => (name.endsWith(suffix) ? name.slice(0, -suffix.length) : name)))];
}

/** Whether a transfer's files arrive beside their final names. */
export async function hasSideNames(group: Group): Promise<boolean> {
  return (await localNames(group)).some((name) => name.endsWith(sideSuffix(group.id)));
}

async function localNames(group: Group): Promise<string[]> {
  const files = await Promise.all(group.parts.map(({ job }) => job.getFiles()));
  return Promise.all(files.flat().map((file) => file.getLocalName()));
}

async function follow(transfer: Transfer, { onProgress }: Plan, result: Promise<DownloadResult>): Promise<DownloadResult> {
  if (onProgress === undefined) return result;
  transfer.listeners.add(onProgress);
  try {
    return await result;
  } finally {
    transfer.listeners.delete(onProgress);
  }
}

/** Who joined a download leaves it without disturbing the one who began it. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => { reject(new BitsAbortError('the download', { cause: signal.reason, left: 'detached' })); };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}
