import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/*
 * The project files that node-gyp writes for MSVC, made here by the same gyp, with headers that set what Node's set.
 */

const ROOT = path.resolve(__dirname, '../..');
const FOLDER = path.join(ROOT, '.cache/msvc-project');
const NODE_GYP = path.join(ROOT, 'node_modules/node-gyp/bin/node-gyp.js');

/** As Node's, in what matters here. */
const commonGypi = (standard: string) => `{ 'target_defaults': {
  'default_configuration': 'Release', 'configurations': { 'Release': {}, 'Debug': {} },
  'msvs_settings': { 'VCCLCompilerTool': {
    'AdditionalOptions': ['/Zc:__cplusplus', '${standard}'], 'ExceptionHandling': 0, 'RuntimeTypeInfo': 'false',
    'WarnAsError': 'false', 'WarningLevel': 3 } } } }`;

interface Project {
  readonly targets: readonly string[];
  readonly text: string;
  readonly said: string;
  /** What stands in an element, each time it occurs. */
  values(element: string): string[];
}

const made = new Map<string, Project>();

function configure(standard: string, ...variables: string[]): Project {
  return configureFor('x64', standard, ...variables);
}

function configureFor(...how: [arch: string, standard: string, ...variables: string[]]): Project {
  const key = how.join(' ');
  const project = made.get(key) ?? make(...how);
  made.set(key, project);
  return project;
}

function make(arch: string, standard: string, ...variables: string[]): Project {
  fs.rmSync(FOLDER, { recursive: true, force: true });
  for (const part of ['binding.gyp', 'package.json', 'native', 'test/double']) {
    fs.cpSync(path.join(ROOT, part), path.join(FOLDER, part), { recursive: true });
  }
  const headers = path.join(FOLDER, 'node/include/node');
  fs.mkdirSync(headers, { recursive: true });
  fs.writeFileSync(path.join(headers, 'common.gypi'), commonGypi(standard));
  fs.writeFileSync(path.join(headers, 'config.gypi'), "{ 'variables': {}, 'target_defaults': {} }\n");
  const env = {
    ...process.env,
    npm_config_nodedir: path.join(FOLDER, 'node'),
    PYTHONWARNINGS: 'always',
    // Where there is no Visual Studio, gyp needs to be told that it need not look for one.
    ...(process.platform === 'win32'
      ? {}
      : { GYP_MSVS_VERSION: '2015', GYP_MSVS_OVERRIDE_PATH: '/nonexistent', LC_ALL: 'en_US.ISO8859-1' }),
  };
  const said = execFileSync(
    process.execPath,
    [NODE_GYP, 'configure', `--arch=${arch}`, '--', '-f', 'msvs', '-DOS=win', ...variables],
    { cwd: FOLDER, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const build = path.join(FOLDER, 'build');
  const text = fs.readFileSync(path.join(build, 'windows_bits.vcxproj'), 'utf8');
  return {
    said,
    text,
    targets: fs
      .readdirSync(build)
      .filter((name) => name.endsWith('.vcxproj'))
      .sort(),
    values: (element) =>
      [...text.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'g'))].map(([, value]) => value ?? ''),
  };
}

afterAll(() => {
  fs.rmSync(FOLDER, { recursive: true, force: true });
});

describe('the project for MSVC', () => {
  test.each(['-std:c++17', '-std:c++20', '/std:c++20'])(
    'has one language standard, whatever %s of the headers says',
    (standard) => {
      for (const options of configure(standard)
        .values('AdditionalOptions')
        .filter((each) => each.includes('/utf-8'))) {
        expect(options.match(/[-/]std:\S+/g)).toEqual(['/std:c++17']);
      }
    },
  );

  test('makes warnings errors, except the one of a source that is not ours', () => {
    const project = configure('-std:c++20');
    expect(new Set(project.values('TreatWarningAsError'))).toEqual(new Set(['true']));
    expect(new Set(project.values('WarningLevel'))).toEqual(new Set(['Level4']));
    for (const numbers of project.values('DisableSpecificWarnings')) expect(numbers.split(';')).toContain('4949');
    expect(project.values('DisableSpecificWarnings')).not.toEqual([]);
    expect(project.text).toContain('win_delay_load_hook.cc');
    expect(project.values('PreprocessorDefinitions')[0]).toContain('NODE_ADDON_API_CPP_EXCEPTIONS_ALL');
  });

  test('can let warnings be', () => {
    expect(new Set(configure('-std:c++20', '-Dwarnings_are_errors=false').values('TreatWarningAsError'))).toEqual(
      new Set(['false']),
    );
  });

  test.each([
    ['x64', ['/guard:ehcont'], ['/guard:ehcont', '/CETCOMPAT', '/HIGHENTROPYVA']],
    ['ia32', [], ['/SAFESEH']],
    ['arm64', ['/guard:signret'], ['/HIGHENTROPYVA']],
  ])('has for %s what protects it from exploits', (arch, compiler, linker) => {
    const lines = configureFor(arch, '-std:c++20')
      .values('AdditionalOptions')
      .map((line) => line.split(' ').filter((word) => /guard|CETCOMPAT|SAFESEH|Qspectre|sdl|ENTROPY/.test(word)));
    // The library and its helpers are one project; each configuration has a line for the compiler and one for the linker.
    const find = (word: string) => lines.filter((line) => line.includes(word));
    expect(find('/Qspectre')).toEqual([
      ['/guard:cf', '/sdl', '/Qspectre', ...compiler],
      ['/guard:cf', '/sdl', '/Qspectre', ...compiler],
    ]);
    expect(lines.filter((line) => line.includes('/guard:cf') && !line.includes('/Qspectre'))).toEqual([
      ['/guard:cf', ...linker],
      ['/guard:cf', ...linker],
    ]);
  });

  test('has the COM double for the tests only', () => {
    expect(configure('-std:c++20').targets).not.toContain('bits_double.vcxproj');
    expect(configure('-std:c++20', '-Dbits_double=1').targets).toContain('bits_double.vcxproj');
  });
});

test('Python reads binding.gyp without a warning', () => {
  const text = fs.readFileSync(path.join(ROOT, 'binding.gyp'), 'utf8');
  // What Python 3.12 warns of: a backslash before what it escapes nothing with.
  expect(text.match(/\\[^\n\\'"abfnrtvxNuU0-7]/g)).toBeNull();
});
