// One set-up at a time, even when several commands are started together.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cache } from './files.mjs';

const lock = path.join(cache, 'setup.lock');

/** Names a process so that a later one with the same id is not mistaken for it. */
function identity(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return undefined;
  }
  try {
    // Linux: the start time, the 22nd field; the 2nd is a name in brackets that may hold spaces.
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return String(pid);
  }
}

function owner(folder) {
  try {
    return fs.readFileSync(path.join(folder, 'owner'), 'utf8');
  } catch {
    return undefined;
  }
}

function take() {
  // Made complete under another name first: a lock is never seen without its owner.
  const mine = `${lock}.${process.pid}`;
  fs.rmSync(mine, { recursive: true, force: true });
  fs.mkdirSync(mine, { recursive: true });
  fs.writeFileSync(path.join(mine, 'owner'), identity(process.pid));
  try {
    if (!fs.existsSync(lock)) {
      fs.renameSync(mine, lock);
      return true;
    }
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(error.code)) throw error;
  }
  fs.rmSync(mine, { recursive: true, force: true });
  return false;
}

/** Removes the lock of a process that is gone. */
function clear(dead) {
  const away = `${lock}.stale.${process.pid}`;
  try {
    fs.renameSync(lock, away);
  } catch {
    return; // Somebody else was faster.
  }
  if (owner(away) === dead) fs.rmSync(away, { recursive: true, force: true });
  else fs.renameSync(away, lock); // Taken anew in between.
}

export async function withLock(work, say) {
  for (let waited = 0; !take(); waited++) {
    const held = owner(lock);
    if (held !== undefined && identity(Number.parseInt(held, 10)) !== held) clear(held);
    else if (waited === 20) say('waiting for another set-up of this folder');
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    fs.rmSync(lock, { recursive: true, force: true });
  }
}
