import fs from 'node:fs';
import path from 'node:path';
import { BINARY, inChild, installIn, temporaryFolder } from '../support/package_folder';

// The package where something went wrong when it was installed, in Windows Node: each ends in the documented error, or
// works.

let parent: string;
let folder: string;
let binary: string;
beforeEach(() => {
  parent = temporaryFolder('windows-bits wrong ');
  folder = installIn(parent);
  binary = path.join(folder, BINARY);
});
afterEach(() => fs.rmSync(parent, { recursive: true, force: true, maxRetries: 5 }));

/** Connects with the copy: { works } or the error's fields. */
async function connects(from = parent, env: NodeJS.ProcessEnv = {}) {
  return inChild(
    `
    const { connect, isSupported } = require('windows-bits');
    connect().then(async (bits) => { await bits.close(); return { works: true }; }, (error) => error.toJSON())
      .then((result) => console.log(JSON.stringify({ ...result, supported: isSupported().supported })));
  `,
    { cwd: from, env: { WINDOWS_BITS_BINARY: '', ...env } },
  );
}

/** The machine type of the real binary, changed. */
function patchMachine(machine: number): void {
  const bytes = fs.readFileSync(binary);
  bytes.writeUInt16LE(machine, bytes.readUInt32LE(0x3c) + 4);
  fs.writeFileSync(binary, bytes);
}

const failure = (reason: string, message: RegExp) => ({
  name: 'BitsLoadError',
  code: 'BITS_LOAD',
  reason,
  supported: false,
  message: expect.stringMatching(message),
});

test('1. nothing wrong', async () => {
  expect(await connects()).toEqual({ works: true, supported: true });
});

test('2. the binary was deleted', async () => {
  fs.rmSync(binary);
  expect(await connects()).toMatchObject(failure('missing', /is missing \(and so are all others\)/));
});

test('3. the whole folder was left behind by a packager', async () => {
  fs.rmSync(path.join(folder, 'prebuilds'), { recursive: true });
  expect(await connects()).toMatchObject(failure('missing', /is missing/));
});

test("4. another CPU's binary", async () => {
  patchMachine(0xaa64);
  expect(await connects()).toMatchObject(failure('otherCpu', /is for arm64, and this process is \w+/));
});

test('5. the file was cut off', async () => {
  fs.truncateSync(binary, 100_000);
  expect(await connects()).toMatchObject(failure('corrupt', /is truncated \(100000 of \d+ bytes\)/));
});

test('6. a web page was saved under its name', async () => {
  fs.writeFileSync(binary, '<!doctype html><title>Sign in</title>');
  expect(await connects()).toMatchObject(failure('corrupt', /not a Windows binary/));
});

test('7. the binary is from another version', async () => {
  const manifest = path.join(folder, 'package.json');
  const fields = JSON.parse(fs.readFileSync(manifest, 'utf8')) as Record<string, unknown>;
  fs.writeFileSync(manifest, JSON.stringify({ ...fields, version: '99.0.0' }));
  expect(await connects()).toMatchObject(failure('otherVersion', /and the package is version 99\.0\.0/));
});

test('8. a path with CJK characters, emoji, combining marks and spaces works', async () => {
  const strange = path.join(parent, '下载 ダウンロード 🚚 e\u0301');
  installIn(strange);
  expect(await connects(strange)).toEqual({ works: true, supported: true });
});

test('9. a read-only installation works', async () => {
  for (const name of [binary, path.join(folder, 'package.json'), path.join(folder, 'dist', 'index.js')]) {
    fs.chmodSync(name, 0o444);
  }
  expect(await connects()).toEqual({ works: true, supported: true });
  fs.chmodSync(binary, 0o666);
});

test('10. inside an asar archive, which Electron makes look like a folder', async () => {
  const app = path.join(parent, 'resources', 'app.asar');
  fs.rmSync(path.join(installIn(app), BINARY));
  expect(await connects(app)).toMatchObject(failure('archive', /is inside an asar archive/));
});

test('11. inside the zip archive of Yarn, which makes it look like a folder', async () => {
  const cache = path.join(parent, '.yarn', 'cache', 'windows-bits-npm-0.1.0.zip');
  fs.rmSync(path.join(installIn(cache), BINARY));
  expect(await connects(cache)).toMatchObject(failure('archive', /is inside a zip archive/));
});

test('12. the override is the only binary used: relative, missing, a script, and a good one; not in an elevated process', async () => {
  const elsewhere = path.join(parent, 'elsewhere.node');
  const { elevated } = await inChild(`console.log(JSON.stringify(require(${JSON.stringify(binary)}).systemInfo()));`, {
    cwd: parent,
  });
  if (elevated === true) {
    for (const named of ['windows_bits.node', elsewhere, '\\\\127.0.0.1\\C$\\windows_bits.node']) {
      expect(await connects(parent, { WINDOWS_BITS_BINARY: named, NODE_NO_WARNINGS: '1' })).toEqual({
        works: true,
        supported: true,
      });
    }
    return;
  }
  expect(await connects(parent, { WINDOWS_BITS_BINARY: 'windows_bits.node' })).toMatchObject(
    failure('badPath', /full path/),
  );
  expect(await connects(parent, { WINDOWS_BITS_BINARY: elsewhere })).toMatchObject(failure('missing', /is missing/));
  fs.writeFileSync(elsewhere, 'console.log("planted")');
  expect(await connects(parent, { WINDOWS_BITS_BINARY: elsewhere })).toMatchObject(
    failure('corrupt', /not a Windows binary/),
  );
  fs.copyFileSync(binary, elsewhere);
  expect(await connects(parent, { WINDOWS_BITS_BINARY: elsewhere })).toEqual({ works: true, supported: true });
});

test('nothing native is loaded before the first call', async () => {
  const loaded = await inChild(
    `
    require('windows-bits');
    const addons = () => Object.keys(require.cache).filter((name) => name.endsWith('.node')).length;
    const before = addons();
    const { supported } = require('windows-bits').isSupported();
    console.log(JSON.stringify({ before, supported, after: addons() }));`,
    { cwd: parent },
  );
  expect(loaded).toEqual({ before: 0, supported: true, after: 1 });
});
