// npm run verify:binary: reads the binaries in prebuilds/ and fails when one is not as it should be.
//
//   npm run verify:binary                  those that are there, and what they are is printed
//   npm run verify:binary -- --all         all three must be there
//   npm run verify:binary -- --msvc        and they must have what MSVC's builds have against exploits
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

/** What a binary can have against the exploit of a memory error, as its headers, its tables and its code show. */
const PROTECTIONS = {
  'address space layout randomization': (pe) => pe.features.includes('dynamicBase') && pe.relocations,
  'high-entropy address space layout randomization': (pe) => pe.features.includes('highEntropyVa'),
  'data execution prevention': (pe) => pe.features.includes('nxCompat'),
  'Control Flow Guard': (pe) => pe.features.includes('guardCf'),
  // The linker's switch alone sets that flag and guards nothing; with the compiler's, our functions make a long table.
  'more than 50 guarded functions': (pe) => pe.counts.guardFunctions > 50,
  'stack cookies': (pe) => pe.hasSecurityCookie,
  'a table of exception continuations': (pe) => pe.counts.ehContinuations > 0,
  'the shadow stack of CET': (pe) => pe.isCetCompatible,
  'a table of safe exception handlers': (pe) => pe.counts.safeHandlers > 0,
  // The C runtime brings a few dozen of its own.
  'signed return addresses': (pe) => pe.counts.signedReturns > 100,
  'imports from System32 only': (pe) => pe.dependentLoadFlags === 0x800,
};
const ALWAYS = ['address space layout randomization', 'data execution prevention'];
const WIDE = [...ALWAYS, 'high-entropy address space layout randomization'];
const MSVC = ['Control Flow Guard', 'more than 50 guarded functions', 'stack cookies', 'imports from System32 only'];

/**
 * What each toolchain gives each CPU. The cross builds have exactly this: they write no load configuration, where most of
 * it would stand, and their stack protector (-fstack-protector-strong) leaves no trace in the headers.
 */
const EXPECTED = {
  msvc: {
    x64: [...WIDE, ...MSVC, 'a table of exception continuations', 'the shadow stack of CET'],
    ia32: [...ALWAYS, ...MSVC, 'a table of safe exception handlers'],
    arm64: [...WIDE, ...MSVC, 'signed return addresses'],
  },
  cross: { x64: WIDE, ia32: ALWAYS, arm64: WIDE },
};

const protectionsOf = (pe) => Object.keys(PROTECTIONS).filter((name) => PROTECTIONS[name](pe));

function protectionProblems(pe, arch, msvc) {
  const toolchain = msvc || pe.byMsvc ? 'msvc' : 'cross';
  const expected = EXPECTED[toolchain][arch];
  return Object.entries(PROTECTIONS).flatMap(([name, has]) => {
    if (expected.includes(name)) return has(pe) ? [] : [`lacks ${name}`];
    // More than expected is good news that belongs in the table. MSVC's linkers, which are many, may have it unasked.
    return toolchain === 'cross' && has(pe) ? [`has ${name}, which EXPECTED in verify-binary.mjs does not say`] : [];
  });
}

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
  problems.push(...protectionProblems(pe, arch, msvc));
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
    console.log(`win32-${arch}: ${bytes.length} bytes, version ${pe.version}`);
    console.log(`  has ${protectionsOf(pe).join(', ')}`);
    console.log(`  imports ${[...pe.imports, ...pe.delayImports.map((name) => `${name} (delayed)`)].join(' ')}`);
    for (const problem of problems) console.log(`  WRONG: ${problem}`);
  }
  console.log(failed === 0 ? 'all as it should be' : `${failed} wrong`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '.')).href) {
  process.exitCode = report({ all: process.argv.includes('--all'), msvc: process.argv.includes('--msvc') });
}
