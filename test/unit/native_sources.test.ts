import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');

/** What a program that imports tools gives. */
function evaluate(program: string): unknown {
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return JSON.parse(printed);
}

describe('the C++ sources and the macros of the Windows SDK', () => {
  const problems = (text: string) =>
    evaluate(`
    import { macroProblems } from './tools/lint/native.mjs';
    console.log(JSON.stringify(macroProblems('planted.cc', ${JSON.stringify(text)})));`) as string[];

  test('a name that is one is reported with its place', () => {
    expect(problems('int f() {\n  const auto* small = g();\n  return *small;\n}\n')).toEqual([
      "planted.cc:2: 'small' is a macro of the Windows SDK (rpcndr.h): take another name",
      "planted.cc:3: 'small' is a macro of the Windows SDK (rpcndr.h): take another name",
    ]);
    expect(
      problems('enum class Level { INFO, ERROR };\nstruct S { int far; };\nvoid DELETE();\nint interface;\nint OUT;'),
    ).toHaveLength(5);
  });

  test('comments, texts, directives and longer names are not', () => {
    const text =
      '// small\n/* near\n far */\n#define X interface\nauto t = "ERROR \\" IN";\nint smaller = 0; int kError = OUTER;\n';
    expect(problems(text)).toEqual([]);
  });
});

test('a pack of parameters that may be empty is marked, since MSVC calls it unused', () => {
  for (const file of ['native/bits/call.h', 'native/binding/method.h', 'test/double/abi.cc']) {
    const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
    const packs = text.match(/.*auto&\.\.\. \w+\).*/g) ?? [];
    expect(packs.length).toBeGreaterThan(0);
    for (const pack of packs) expect(pack).toContain('[[maybe_unused]]');
  }
});

describe('the COM double is built for the tests only', () => {
  test('building the addon does not build it; building for the tests does', () => {
    const [plain, forTests] = evaluate(`
      import { configureArguments } from './tools/build/native.mjs';
      console.log(JSON.stringify([configureArguments({ arch: 'x64' }), configureArguments({ arch: 'x64', double: true })]));`) as [
      string[],
      string[],
    ];
    expect(plain.join(' ')).not.toContain('bits_double');
    expect(forTests).toContain('-Dbits_double=1');
  });

  test('nothing that makes the package asks for it', () => {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['prepack']).toBe('node tools/build/setup.mjs build');
    expect(scripts['build:native']).toBe('node tools/build/native.mjs');
    const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
    expect(read('tools/build/setup.mjs')).toMatch(
      /^const toBuild = \[ensureDependencies, ensureTools, ensureLibrary, ensureNative\];$/m,
    );
    expect(read('tools/build/setup.mjs')).toMatch(/^export const ensureNative = \(\) => buildNative\(\{ say \}\);$/m);
    expect(read('tools/build/prebuilds.mjs')).not.toContain('double');
    for (const name of ['package.yml', 'release.yml'])
      expect(read(`.github/workflows/${name}`)).not.toContain('--double');
  });
});
