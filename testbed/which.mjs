// Finds the programs of this system: Wine, the cross compilers, and what they need.
import fs from 'node:fs';
import path from 'node:path';

/** The full name of a program, or undefined. */
export function which(...names) {
  for (const name of names) {
    const candidates = path.isAbsolute(name)
      ? [name]
      : (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, name));
    for (const candidate of candidates) {
      try {
        fs.accessSync(candidate, fs.constants.X_OK);
        if (fs.statSync(candidate).isFile()) return candidate;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}
