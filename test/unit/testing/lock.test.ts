import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { takeLock } from '../../../lib/testing/shared/lock';

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-lock-'));
  file = path.join(folder, 'state.json.lock');
});
afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

const deadProcess = () => String(spawnSync(process.execPath, ['-e', '0']).pid);
const lock = () => [fs.readFileSync(file, 'utf8'), fs.readdirSync(folder)];

test('a free lock is taken, and only once', () => {
  expect([takeLock(file), takeLock(file)]).toEqual([true, false]);
  expect(lock()).toEqual([String(process.pid), ['state.json.lock']]);
});

test('a file that does not name its holder yet is waited for', () => {
  fs.writeFileSync(file, '');
  expect(takeLock(file)).toBe(false);
  expect(lock()).toEqual(['', ['state.json.lock']]);
});

test('the lock of a process that was killed becomes free', () => {
  fs.writeFileSync(file, deadProcess());
  expect([takeLock(file), takeLock(file)]).toEqual([false, true]);
});

test('a lock that another process takes at the same moment stays its own', () => {
  fs.writeFileSync(file, deadProcess());
  const rename = fs.renameSync.bind(fs);
  jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    fs.writeFileSync(file, String(process.ppid)); // alive
    rename(from, to);
  });
  expect(takeLock(file)).toBe(false);
  expect(lock()).toEqual([String(process.ppid), ['state.json.lock']]);
});
