// npm run verify:binary: reads the binaries in prebuilds/ and fails when one is not as it should be.
//
//   npm run verify:binary                  those that are there, and what they are is printed
//   npm run verify:binary -- --all         all three must be there
//   npm run verify:binary -- --msvc        and they must be built by MSVC, with Control Flow Guard
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from '../util/files.mjs';
import { readPe } from './pe.mjs';

const ARCHS = ['x64', 'ia32', 'arm64'];

// Nothing that does not come with Windows 10; the C++ runtime is inside. UCRT is a part of Windows.
const IMPORTS = [/^(kernel32|advapi32|ole32|oleaut32|ntdll|msvcrt)\.dll$/, /^api-ms-win-crt-[a-z]+-l1-1-0\.dll$/];
// The host executable, by way of node-gyp's hook, which accepts any name.
const DELAY_IMPORTS = [/^node\.exe$/];
const EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
const BUDGET = 1_200_000;

/** What is wrong with a binary, one text each. */
export function verify(bytes, { arch, version, msvc = false }) {
  const problems = [];
  const pe = readPe(bytes);
  const must = (fact, text) => fact || problems.push(text);
  const allowed = (names, patterns, what) =>
    names
      .filter((name) => !patterns.some((pattern) => pattern.test(name)))
      .forEach((name) => problems.push(`${what} ${name}`));

  must(pe.machine === arch, `is for ${pe.machine}, not ${arch}`);
  must(pe.isDll, 'is no DLL');
  must(pe.features.includes('dynamicBase') && pe.relocations, 'has no address space layout randomization');
  must(pe.features.includes('nxCompat'), 'has no data execution prevention');
  must(
    arch === 'ia32' || pe.features.includes('highEntropyVa'),
    'has no high-entropy address space layout randomization',
  );
  must(arch === 'ia32' || pe.imageBase >= 2 ** 32, 'has its image base below 4 GB, which limits the randomization');
  must(!pe.sections.some((s) => s.writable && s.executable), 'has a section that is writable and executable');
  must(!pe.sections.some((s) => /^\.(debug|stab|\/)/.test(s.name)) && pe.symbols === 0, 'is not stripped');
  must(pe.exports.join() === EXPORTS.join(), `exports ${pe.exports.join(', ')} instead of ${EXPORTS.join(', ')}`);
  allowed(pe.imports, IMPORTS, 'imports');
  allowed(pe.delayImports, DELAY_IMPORTS, 'delay-imports');
  must(pe.version === version, `has the version resource ${pe.version ?? '(none)'}, not ${version}`);
  must(pe.timestamp === 0 || pe.debug.includes('repro'), 'has a time stamp: two builds would differ');
  must(bytes.length <= BUDGET, `has ${bytes.length} bytes, more than the ${BUDGET} it may have`);
  must(!hasPath(bytes), 'holds the path of a folder it was built in');
  if (msvc) {
    must(pe.features.includes('guardCf'), 'has no Control Flow Guard');
    // The linker's switch alone sets the flag and guards nothing; calls of our own functions make a long table.
    must(pe.guardFunctions > 50, `guards ${pe.guardFunctions} functions only: was it compiled with /guard:cf?`);
  }
  return { problems, pe };
}

const hasPath = (bytes) =>
  [inRoot(), process.env.HOME]
    .filter((folder) => folder && folder.length > 3)
    .some((folder) => bytes.includes(folder) || bytes.includes(Buffer.from(folder, 'utf16le')));

/** Prints what the binaries are and what is wrong; gives the exit code. */
export function report({ archs = ARCHS, all = true, msvc = false } = {}) {
  const { version } = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'));
  let failed = 0;
  for (const arch of archs) {
    const file = inRoot('prebuilds', `win32-${arch}`, 'windows_bits.node');
    if (!fs.existsSync(file)) {
      if (all) failed++;
      console.log(`win32-${arch}: ${all ? 'MISSING' : 'not built'}`);
      continue;
    }
    const bytes = fs.readFileSync(file);
    const { problems, pe } = verify(bytes, { arch, version, msvc });
    failed += problems.length;
    console.log(`win32-${arch}: ${bytes.length} bytes, version ${pe.version}, ${pe.features.join(' ')}`);
    console.log(`  imports ${[...pe.imports, ...pe.delayImports.map((name) => `${name} (delayed)`)].join(' ')}`);
    for (const problem of problems) console.log(`  WRONG: ${problem}`);
  }
  console.log(failed === 0 ? 'all as it should be' : `${failed} wrong`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '.')).href) {
  process.exitCode = report({ all: process.argv.includes('--all'), msvc: process.argv.includes('--msvc') });
}
