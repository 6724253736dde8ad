import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

// The check of the binaries, on the real one and on copies that are wrong in one respect each. (The tools are ES
// modules, which jest does not load: so in a process of its own.)

const ROOT = path.resolve(__dirname, '../..');
const binary = path.join(ROOT, 'prebuilds/win32-x64/windows_bits.node');

/** The problems of the binary after `change`, a statement about `bytes` and `coff`, the place of its COFF header. */
function problems(change: string, options: object = {}): string[] {
  const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const script = `
    import fs from 'node:fs';
    import { verify } from './tools/build/verify-binary.mjs';
    const bytes = fs.readFileSync(${JSON.stringify(binary)});
    const coff = bytes.readUInt32LE(0x3c) + 4;
    ${change}
    const options = ${JSON.stringify({ arch: 'x64', version, ...options })};
    console.log(JSON.stringify(verify(bytes, options).problems));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, encoding: 'utf8' });
  return JSON.parse(output) as string[];
}

const flag = (bit: number): string => `bytes.writeUInt16LE(bytes.readUInt16LE(coff + 90) & ~${bit}, coff + 90);`;

/** Makes a load configuration such as MSVC's of the resources, and tells that there is Control Flow Guard. */
const LOAD_CONFIGURATION = `
  const directories = coff + 132;
  const address = bytes.readUInt32LE(directories + 16);
  const sections = coff + 20 + bytes.readUInt16LE(coff + 16);
  const section = Array.from({ length: bytes.readUInt16LE(coff + 2) }, (_, i) => sections + i * 40).find(
    (at) => bytes.readUInt32LE(at + 12) === address,
  );
  const at = bytes.readUInt32LE(section + 20);
  bytes.writeUInt32LE(address, directories + 80);
  bytes.writeUInt32LE(280, directories + 84);
  bytes.fill(0, at, at + 280);
  bytes.writeUInt32LE(280, at);
  bytes.writeUInt16LE(0x800, at + 78); // DependentLoadFlags
  bytes.writeBigUInt64LE(1n, at + 88); // SecurityCookie
  bytes.writeBigUInt64LE(100n, at + 136); // GuardCFFunctionCount
  bytes.writeBigUInt64LE(1n, at + 272); // GuardEHContinuationCount
  bytes.writeUInt16LE(bytes.readUInt16LE(coff + 90) | 0x4000, coff + 90);`;

test('the binary is as it should be', () => {
  expect(problems('')).toEqual([]);
});

test.each<[string, string, RegExp]>([
  ['another machine', 'bytes.writeUInt16LE(0xaa64, coff);', /is for arm64/],
  ['no ASLR', flag(0x40), /address space layout/],
  ['no high-entropy ASLR', flag(0x20), /high-entropy/],
  ['no NX', flag(0x100), /data execution/],
  ['another DLL', "bytes.write('winhttp.dll\\0', bytes.indexOf('ADVAPI32.dll'), 'latin1');", /imports winhttp\.dll/],
  ['another export', "bytes[bytes.indexOf('napi_register_module_v1')] = 0x6f;", /exports .*oapi_register/],
  // MSVC puts a hash of the contents there, and says so.
  ...(process.platform === 'win32'
    ? []
    : ([
        ['a time stamp', 'bytes.writeUInt32LE(1700000000, coff + 4);', /time stamp/],
        // A cross build has exactly what the table says: what comes in addition is to be written there.
        [
          'a protection that is new',
          'bytes.writeUInt16LE(bytes.readUInt16LE(coff + 90) | 0x4000, coff + 90);',
          /has Control Flow Guard, which/,
        ],
      ] as [string, string, RegExp][])),
  ['symbols', 'bytes.writeUInt32LE(7, coff + 12);', /not stripped/],
  ['a path of this computer', 'bytes.write(process.cwd(), bytes.length - 512);', /path of a folder/],
])('%s is found', (_, change, problem) => {
  expect(problems(change)).toEqual([expect.stringMatching(problem)]);
});

test('another version is found, and what GCC lacks beside MSVC', () => {
  expect(problems('', { version: '9.9.9' })).toEqual([expect.stringMatching(/version resource .*, not 9\.9\.9/)]);
  if (process.platform !== 'win32') {
    expect(problems('', { msvc: true })).toEqual([
      'lacks Control Flow Guard',
      'lacks more than 50 guarded functions',
      'lacks stack cookies',
      'lacks a table of exception continuations',
      'lacks the shadow stack of CET',
      'lacks imports from System32 only',
    ]);
    expect(problems(LOAD_CONFIGURATION, { msvc: true })).toEqual([
      'lacks the shadow stack of CET',
      expect.stringMatching(/version resource/),
    ]);
  }
});
