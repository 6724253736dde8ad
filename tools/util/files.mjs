// Where things are, and whether they are up to date.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const inRoot = (...parts) => path.join(root, ...parts);

/** What set-up and tests leave behind and may lose at any time. */
export const cache = inRoot('.cache');

/** Files below a folder of the repository whose names match, sorted, relative to the root and with forward slashes. */
export function listFiles(folder, pattern = /./) {
  if (!fs.existsSync(inRoot(folder))) return [];
  return fs
    .readdirSync(inRoot(folder), { withFileTypes: true })
    .flatMap((entry) => {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return listFiles(name, pattern);
      return pattern.test(entry.name) ? [name] : [];
    })
    .sort();
}

/** A fingerprint of files (relative to the root) and further values. Contents, not times: a checkout changes times. */
export function fingerprint(files, ...values) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(inRoot(file)))
      .update('\0');
  return hash.update(JSON.stringify(values)).digest('hex');
}

const stampFile = (name) => path.join(cache, 'stamps', name);

/** Whether `mark(name, print)` was the last word about this name. */
export function isMarked(name, print) {
  try {
    return fs.readFileSync(stampFile(name), 'utf8') === print;
  } catch {
    return false;
  }
}

export function mark(name, print) {
  fs.mkdirSync(path.dirname(stampFile(name)), { recursive: true });
  fs.writeFileSync(stampFile(name), print);
}

export function unmark(name) {
  fs.rmSync(stampFile(name), { force: true });
}

/**
 * Puts a file in place in one step, also while the one it replaces is loaded by a running process: Linux must not
 * write into it, and Windows only lets it be renamed.
 */
export function install(from, to) {
  fs.mkdirSync(path.dirname(to), { recursive: true });
  const fresh = `${to}.new`;
  fs.copyFileSync(from, fresh);
  try {
    fs.renameSync(fresh, to);
  } catch (error) {
    if (error.code !== 'EPERM' && error.code !== 'EBUSY' && error.code !== 'EACCES') throw error;
    const old = path.join(cache, 'replaced', `${path.basename(to)}.${process.pid}.${Date.now()}`);
    fs.mkdirSync(path.dirname(old), { recursive: true });
    fs.renameSync(to, old);
    fs.renameSync(fresh, to);
  }
}
