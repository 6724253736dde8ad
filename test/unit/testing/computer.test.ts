import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Disk } from '../../../lib/host';
import { VirtualClock } from '../../../lib/testing/computer/clock';
import type { ClockMode } from '../../../lib/testing/computer/clock';
import {
  contentFrom,
  contentOf,
  joined,
  patternContent,
  sliceOf,
  stateOf,
} from '../../../lib/testing/computer/content';
import type { Computer } from '../../../lib/testing/computer/computer';
import { RunningComputer } from '../../../lib/testing/computer/create_computer';
import { addUser, identityOf } from '../../../lib/testing/computer/fresh_state';

const NOW = Date.UTC(2026, 0, 1);

const absent = () => null as never;

function computerWith(drives: Readonly<Record<string, string>> | null): RunningComputer {
  return new RunningComputer({
    from: { profile: 'windows', version: '10.3', seed: 1, now: NOW, user: { name: 'user', kind: 'standard' } },
    clock: { mode: 'auto', speed: 1 },
    drives,
    engine: absent,
    transport: absent,
  });
}

const userOf = ({ state }: Computer, name = 'user', elevated = false) =>
  identityOf(addUser(state, { name, kind: elevated ? 'administrator' : 'standard' }), elevated);

describe('the clock', () => {
  const clockIn = (mode: ClockMode) =>
    new VirtualClock({ time: NOW }, { mode, speed: 1000, check: () => undefined, stuck: () => undefined });

  test('manual: time passes only when told, and everything happens in its order', async () => {
    const clock = clockIn('manual');
    const seen: string[] = [];
    clock.after(2000, () => seen.push(`b ${clock.now()}`));
    clock.schedule(1000, () => {
      seen.push(`a ${clock.now()}`);
      void Promise.resolve().then(() => clock.after(500, () => seen.push(`a2 ${clock.now()}`)));
    });
    clock.after(2000, () => seen.push(`c ${clock.now()}`));
    clock.after(1, () => seen.push('never')).cancel();
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
    await clock.advance(1999);
    expect(seen).toEqual(['a 1000', 'a2 1500']);
    await clock.advance(1);
    expect(seen).toEqual(['a 1000', 'a2 1500', 'b 2000', 'c 2000']);
    expect(clock.date().toISOString()).toBe('2026-01-01T00:00:02.000Z');
  });

  test('auto: time passes while the program waits, not for the service alone, and not during real work', async () => {
    const clock = clockIn('auto');
    const seen: string[] = [];
    clock.schedule(60_000, () => seen.push('service'));
    clock.after(5000, () => seen.push('unref')).unref();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen).toEqual([]);

    let end = (): void => undefined;
    void clock.during(new Promise<void>((resolve) => (end = resolve)));
    const waited = new Promise<void>((resolve) => void clock.after(120_000, resolve));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(clock.now()).toBe(0);
    end();
    await waited;
    expect(seen).toEqual(['unref', 'service']);
    expect(clock.now()).toBe(120_000);
  });

  test('real: as in the world, here a thousand times as fast', async () => {
    const clock = clockIn('real');
    const begun = performance.now();
    await new Promise<void>((resolve) => void clock.after(30_000, resolve));
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(clock.now()).toBeGreaterThanOrEqual(30_000);
    await clock.advance(10_000);
    expect(clock.now()).toBeGreaterThanOrEqual(40_000);
  });

  test('after a jump, what was due happens late', async () => {
    const clock = clockIn('manual');
    const seen: number[] = [];
    clock.after(1000, () => seen.push(clock.now()));
    await clock.jump(5000);
    expect(seen).toEqual([]);
    await clock.advance(0);
    expect(seen).toEqual([5000]);
  });

  test('until: a condition, or not within the limit', async () => {
    const clock = clockIn('manual');
    let met = false;
    clock.schedule(1000, () => (met = true));
    await expect(clock.advanceUntil(() => met, 999)).resolves.toBe(false);
    await expect(clock.advanceUntil(() => met, 10_000)).resolves.toBe(true);
    expect(clock.now()).toBe(1000);
  });
});

test('content of any kind is cut, joined and saved', () => {
  const whole = patternContent(2_000_000_000_000, 3);
  expect(whole.read(0, 4)).not.toEqual(whole.read(251, 4));
  const parts = [sliceOf(whole, 0, 1000), sliceOf(whole, 1000, 1_999_999_999_000)];
  expect(stateOf(joined(parts))).toEqual({ parts: [{ pattern: 3, offset: 0, size: 2_000_000_000_000 }] });
  const mixed = joined([contentOf('abc'), sliceOf(whole, 500, 3), sliceOf(contentOf('xyz'), 1, 1)]);
  const again = contentFrom(JSON.parse(JSON.stringify(stateOf(mixed))) as never);
  expect(Buffer.from(again.read(0, 100)).toString('hex')).toBe(Buffer.from(mixed.read(0, 100)).toString('hex'));
  expect(Buffer.from(mixed.read(2, 2))).toEqual(Buffer.concat([Buffer.from('c'), whole.read(500, 1)]));
});

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );

describe.each(['memory', 'folder'])('a disk: %s', (kind) => {
  let folder: string;
  let computer: RunningComputer;
  let mine: Disk;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-disk-'));
    computer = computerWith(kind === 'memory' ? null : { 'C:': folder });
    mine = computer.disk.hostFor(userOf(computer));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  test('files are written, renamed and removed, in whatever case', async () => {
    const { disk } = computer;
    disk.create('C:\\data\\A.txt');
    disk.write('c:/DATA/a.txt', 3, contentOf('def'));
    disk.write('C:\\data\\a.TXT', 0, contentOf('abc'));
    expect(Buffer.from(disk.content('C:\\data\\a.txt').read(0, 100)).toString()).toBe('abcdef');
    disk.setModified('C:\\data\\a.txt', NOW);
    disk.rename('C:\\data\\a.txt', 'C:\\data\\b.txt');
    expect([disk.stat('C:\\data\\a.txt'), disk.modified('C:\\data\\b.txt')]).toEqual([null, NOW]);
    disk.truncate('C:\\data\\b.txt', 2);
    expect(disk.stat('C:\\data\\b.txt')).toEqual({ kind: 'file', size: 2, readOnly: false });
    expect(disk.files()).toEqual(['C:\\data\\b.txt']);
    expect(await mine.sha256('C:\\data\\b.txt')).toMatch(/^fb8e20fc2e4c3f248c60c39bd652f3c1/);
    await mine.remove('C:\\data\\b.txt');
    expect(disk.files()).toEqual([]);
  });

  test('failures have the codes of Node.js', async () => {
    const { disk } = computer;
    disk.create('C:\\data\\a.txt');
    expect(await codeOf(mine.stat('C:\\data\\none'))).toBe('ENOENT');
    expect(await codeOf(mine.tryToOpen('C:\\none\\x', 'wx'))).toBe('ENOENT');
    expect(await codeOf(mine.tryToOpen('C:\\data\\a.txt', 'wx'))).toBe('EEXIST');
    disk.lock('C:\\DATA\\a.txt');
    expect(await codeOf(mine.tryToOpen('C:\\data\\a.txt', 'r+'))).toBe('EBUSY');
    expect(await codeOf(mine.remove('C:\\data\\a.txt'))).toBe('EBUSY');
    disk.unlock('C:\\data\\a.txt');
    expect(await codeOf(mine.tryToOpen('C:\\data\\a.txt', 'r+'))).toBe('ok');
    disk.setReadOnly('C:\\data\\a.txt', true);
    expect(await codeOf(mine.tryToOpen('C:\\data\\a.txt', 'r+'))).toBe('EPERM');
    expect(await codeOf(mine.remove('C:\\data\\a.txt'))).toBe('EPERM');
  });

  test('a standard user may write in their folders, not in those of Windows', async () => {
    const admin = computer.disk.hostFor(userOf(computer, 'root', true));
    const other = computer.disk.hostFor(userOf(computer, 'other'));
    const results: unknown[] = [];
    for (const place of ['C:\\x', 'C:\\Windows\\x', 'C:\\data\\x', 'C:\\Users\\user\\a\\b', mine.temporaryFolder]) {
      results.push([place, ...(await Promise.all([mine, other, admin].map((disk) => codeOf(disk.makeFolder(place)))))]);
      computer.disk.makeFolder(place);
    }
    expect(results).toEqual([
      ['C:\\x', 'EPERM', 'EPERM', 'ok'],
      ['C:\\Windows\\x', 'EPERM', 'EPERM', 'ok'],
      ['C:\\data\\x', 'ok', 'ok', 'ok'],
      ['C:\\Users\\user\\a\\b', 'ok', expect.stringMatching('ok|EPERM'), 'ok'],
      ['C:\\Users\\user\\AppData\\Local\\Temp', 'ok', 'ok', 'ok'],
    ]);
    expect(await codeOf(other.tryToOpen('C:\\Users\\user\\a\\b\\x.txt', 'wx'))).toBe('EPERM');
  });
});

test('a computer with a disk in memory is saved and goes on', () => {
  const computer = computerWith(null);
  computer.disk.makeFolder('D:\\in');
  computer.disk.create('D:\\in\\a');
  computer.disk.write('D:\\in\\a', 0, contentOf('abc'));
  const first = [computer.random(), computer.nextNumber()];
  const saved = JSON.parse(JSON.stringify(computer.save())) as typeof computer.state;
  const again = new RunningComputer({
    from: saved,
    clock: { mode: 'manual', speed: 1 },
    drives: null,
    engine: absent,
    transport: absent,
  });
  expect(again.save()).toEqual(saved);
  expect(Buffer.from(again.disk.content('d:\\in\\a').read(0, 9)).toString()).toBe('abc');
  expect([again.random(), again.nextNumber()]).toEqual([computer.random(), computer.nextNumber()]);
  expect(first[1]).toBe(1);
});

test("the system's own paths are files, too, unless they are on a drive that is simulated", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-disk-'));
  const { disk } = computerWith({ 'C:': folder });
  const name = path.join(folder, 'x.txt');
  if (process.platform === 'win32') {
    // On the simulated drive C: this folder does not exist.
    expect(() => disk.create(name)).toThrow('ENOENT');
    fs.rmSync(folder, { recursive: true });
    return;
  }
  disk.create(name);
  disk.write(path.win32.join(name), 0, contentOf('abc'));
  expect(fs.readFileSync(name, 'utf8')).toBe('abc');
  expect(await disk.host.stat(name)).toEqual({ kind: 'file', size: 3, readOnly: false });
  expect([disk.isFullPath(name), disk.isFullPath('x.txt'), disk.folderOf(name)]).toEqual([true, false, folder]);
  fs.rmSync(folder, { recursive: true });
});
