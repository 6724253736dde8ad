'use strict';
// Compiles version.rc in a cross build, whose generator (make) cannot. MSVC's generator can, and does not use this.
//
//   node native/resource.cjs COMPILER ARCH VERSION NUMBERS OUTPUT       RC in the environment is the resource compiler
const { spawnSync } = require('node:child_process');

const [compiler, arch, version, numbers, output] = process.argv.slice(2);
const defines = [`WINDOWS_BITS_VERSION=${version}`, `WINDOWS_BITS_VERSION_NUMBERS=${numbers}`];
const source = 'native/version.rc';
const [command, ...first] = process.env.RC.split(' ');

const args =
  compiler === 'zig'
    ? [
        '/:output-format',
        'coff',
        '/:target',
        arch,
        ...defines.flatMap((define) => ['/D', define]),
        '/fo',
        output,
        source,
      ]
    : [...defines.map((define) => `-D${define}`), '--input-format=rc', '--output-format=coff', source, output];

const { status, error } = spawnSync(command, [...first, ...args], { stdio: 'inherit' });
if (error) throw error;
process.exitCode = status ?? 1;
