// What test.mjs tells the test files, which run in processes of their own.
import path from 'node:path';

const NAME = 'WINDOWS_BITS_PACKAGE_TEST';

export const give = (given) => {
  process.env[NAME] = JSON.stringify(given);
};

/**
 * folder: where everything is made; tarball: what npm says of the packed package, with its `file`; all: all binaries must
 * be in it; here: Windows Node is not used.
 */
export const given = JSON.parse(process.env[NAME] ?? '{}');

/** Where installs.test.mjs has installed the package with npm, for the files that follow. */
export const installedByNpm = () => path.join(given.folder, 'installed by npm');
