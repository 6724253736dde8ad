import fs from 'node:fs';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Tries to take a lock file for this process. At no moment is there one without the id of its holder, and of several that
 * find a dead holder one takes its place. False: another process has it, or it has only just become free.
 */
export function takeLock(file: string): boolean {
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, String(process.pid));
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    removeDead(file, own);
    return false;
  } finally {
    fs.rmSync(own, { force: true });
  }
}

/** Removes the lock of a process that was killed. What is not readable as such is waited for. */
function removeDead(file: string, own: string): void {
  const isDead = (text: string) => Number(text) > 0 && !isAlive(Number(text));
  if (!isDead(readIfThere(file))) return;
  const aside = `${own}.dead`;
  try {
    fs.renameSync(file, aside);
    // Somebody else may have taken the lock since it was read: it is put back.
    if (!isDead(readIfThere(aside))) fs.linkSync(aside, file);
  } catch {
    // another process was first
  }
  fs.rmSync(aside, { force: true });
}
