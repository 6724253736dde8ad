import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../../examples/electron/ipc';
import { until } from '../support/until';

const EXAMPLE = path.resolve(__dirname, '../../examples/electron');
/* eslint-disable @typescript-eslint/no-require-imports -- the example is JavaScript */
const { runApp } = require('../../examples/electron/app.js') as {
  runApp: (electron: unknown, open: () => Promise<unknown>, options?: object) => Promise<unknown>;
};
const { openEngine } = require('../../examples/electron/engine.js') as {
  openEngine: (bits: unknown, app: string) => Promise<Engine>;
};
const channels = require('../../examples/electron/channels.js') as Record<string, string>;
/* eslint-enable @typescript-eslint/no-require-imports */

interface Engine {
  restore(): Promise<string[]>;
  start(url: string, folder: string): Promise<string>;
  look(id: string): Promise<Row>;
  cancel(id: string): Promise<void>;
  forget(id: string): void;
  close(): Promise<void>;
}

/** Electron at its edge: events, one window, handlers. */
function fakeElectron({ first = true } = {}) {
  const sent: unknown[][] = [];
  const progress: number[] = [];
  const handlers = new Map<string, (event: unknown, ...args: unknown[]) => unknown>();
  const webContents = { send: (...args: unknown[]) => sent.push(args) };
  let preferences: Record<string, unknown> = {};
  class BrowserWindow {
    webContents = webContents;
    constructor(options: { webPreferences: Record<string, unknown> }) {
      preferences = options.webPreferences;
    }
    isDestroyed() {
      return false;
    }
    setProgressBar(value: number) {
      progress.push(value);
    }
    show() {
      /* nothing to see */
    }
    loadFile() {
      return Promise.resolve();
    }
  }
  const app = Object.assign(new EventEmitter(), {
    requestSingleInstanceLock: () => first,
    whenReady: () => Promise.resolve(),
    getPath: () => 'C:\\Users\\me\\Downloads',
    quit: jest.fn(),
  });
  const ipcMain = { handle: (channel: string, work: () => unknown) => void handlers.set(channel, work) };
  const invoke = (channel: string, ...args: unknown[]) =>
    Promise.resolve().then(() => handlers.get(channel)?.({ sender: webContents }, ...args));
  return {
    electron: { app, BrowserWindow, ipcMain },
    app,
    sent,
    progress,
    handlers,
    invoke,
    options: () => preferences,
  };
}

interface FakeOptions {
  signal: AbortSignal;
  onProgress: (progress: object) => void;
}
interface FakeDownload {
  key: string;
  app: string;
  path: string;
  state: string;
  percent: number;
}

/** Downloads that go on while nobody looks: the queue of Windows, in short. */
function fakeBits() {
  const queue: FakeDownload[] = [];
  const close = jest.fn(() => Promise.resolve());
  const connect = () => {
    let open = true;
    async function run(it: FakeDownload, { signal, onProgress }: FakeOptions) {
      while (open) {
        if (signal.aborted) it.state = 'cancelled';
        if (it.state === 'cancelled') throw new Error('given up');
        if (it.state === 'error') throw new Error('The server says 404.');
        if (it.state === 'transferred') it.state = 'acknowledged';
        if (it.state === 'acknowledged') return;
        onProgress({ state: it.state, percent: it.percent, jobId: it.key });
        await sleep(2, undefined, { ref: false });
      }
      throw new Error('closed');
    }
    return Promise.resolve({
      download: ({ app, key, path: file, ...options }: FakeOptions & Pick<FakeDownload, 'app' | 'key' | 'path'>) => {
        const it = { key, app, path: file, state: 'transferring', percent: 0 };
        queue.push(it);
        return run(it, options);
      },
      restore: ({ app }: { app: string }) =>
        Promise.resolve(
          queue
            .filter((it) => it.app === app && it.state !== 'acknowledged')
            .map((it) => ({
              key: it.key,
              jobId: it.key,
              paths: [it.path],
              status: 'running',
              finish: (options: FakeOptions) => run(it, options),
            })),
        ),
      reap: ({ app }: { app: string }) =>
        Promise.resolve(
          queue.filter((it) => it.app === app && it.state === 'forgotten').map((it) => ({ id: it.key, error: null })),
        ),
      getJob: () => Promise.resolve({ explain: () => Promise.resolve({ summary: 'The server does not answer.' }) }),
      close: () => {
        open = false;
        return close();
      },
    });
  };
  return { bits: { connect }, queue, close };
}

const APP = 'the app';
const start = async (bits: unknown, fake = fakeElectron()) => {
  await runApp(fake.electron, () => openEngine(bits, APP), { interval: 5, quitLimit: 50 });
  return fake;
};
const untilQuit = ({ app }: ReturnType<typeof fakeElectron>) => until(() => app.quit.mock.calls.length > 0);
const url = 'https://example.com/files/big.zip?token=secret';

test('a download from the click to the file, with progress in window and taskbar', async () => {
  const { bits, queue } = fakeBits();
  const { invoke, sent, progress } = await start(bits);
  await invoke(channels['START']!, url);
  expect(await invoke(channels['LIST']!)).toMatchObject([{ name: 'big.zip', state: 'running', progress: 0 }]);
  queue[0]!.percent = 50;
  await until(() => progress.includes(0.5));
  queue[0]!.state = 'transferred';
  await until(() => progress.at(-1) === -1);
  expect(queue[0]!.state).toBe('acknowledged');
  expect(sent.at(-1)).toEqual([channels['CHANGED'], [expect.objectContaining({ state: 'done', progress: 1 })]]);
});

test('quit and relaunch: downloads are found and finished, those of others left alone, forgotten ones removed', async () => {
  const { bits, queue, close } = fakeBits();
  const before = await start(bits);
  await before.invoke(channels['START']!, url);
  await before.invoke(channels['START']!, 'https://example.com/second.zip');
  const event = { preventDefault: jest.fn() };
  before.app.emit('before-quit', event);
  expect(event.preventDefault).toHaveBeenCalled();
  await untilQuit(before);
  expect(close).toHaveBeenCalledTimes(1);
  expect(queue.map(({ state }) => state)).toEqual(['transferring', 'transferring']);

  queue[0]!.state = 'transferred'; // meanwhile
  const other = { key: 'other', path: 'C:\\other', state: 'transferring', percent: 0 };
  queue.push({ ...other, app: 'another app' }, { ...other, app: APP, state: 'forgotten' });
  const after = await start(bits);
  expect(await after.invoke(channels['LIST']!)).toMatchObject([
    { name: 'big.zip', state: 'done' },
    { name: 'second.zip', state: 'running' },
  ]);
  expect(queue[2]!.state).toBe('transferring');
  after.app.emit('before-quit', event);
  await untilQuit(after);
});

test('an app that hangs in closing quits all the same', async () => {
  const { bits, close } = fakeBits();
  close.mockReturnValue(new Promise(() => undefined));
  const fake = await start(bits);
  fake.app.emit('before-quit', { preventDefault: () => undefined });
  await untilQuit(fake);
});

test('troubles, failures and cancelling reach the window in words', async () => {
  const { bits, queue } = fakeBits();
  const { invoke } = await start(bits);
  await invoke(channels['START']!, url);
  await invoke(channels['START']!, url);
  const list = () => invoke(channels['LIST']!) as Promise<Row[]>;
  queue[0]!.state = 'transientError';
  await until(async () => (await list())[0]?.state === 'waiting');
  expect(await list()).toMatchObject([
    { state: 'waiting', message: 'The server does not answer.' },
    { state: 'running' },
  ]);
  queue[0]!.state = 'error';
  await invoke(channels['CANCEL']!, (await list())[1]!.id);
  await until(async () => (await list()).every(({ state }) => ['failed', 'cancelled'].includes(state)));
  expect(await list()).toMatchObject([{ state: 'failed', message: 'The server says 404.' }, { state: 'cancelled' }]);
});

test('the window has few rights: a sandbox, web addresses only, answers for its own page only', async () => {
  const { bits, queue } = fakeBits();
  const { invoke, handlers, options } = await start(bits);
  expect(options()).toMatchObject({ contextIsolation: true, sandbox: true });
  await expect(invoke(channels['START']!, 'file:///C:/secret')).rejects.toThrow('Only http');
  await expect(invoke(channels['START']!, 'nonsense')).rejects.toThrow();
  expect(() => handlers.get(channels['LIST']!)?.({ sender: 'another page' })).toThrow('Not for this page');
  expect(queue).toEqual([]);
});

test('a second start hands over to the first', async () => {
  const fake = fakeElectron({ first: false });
  expect(await runApp(fake.electron, () => Promise.reject(new Error('not to be opened')))).toBeUndefined();
  expect(fake.app.quit).toHaveBeenCalled();
});

test('the preload has the names of the channels, and the packaging unpacks the addon', () => {
  const preload = fs.readFileSync(path.join(EXAMPLE, 'preload.js'), 'utf8');
  for (const [name, value] of Object.entries(channels)) expect(preload).toContain(`${name}: '${value}'`);
  const manifest = JSON.parse(fs.readFileSync(path.join(EXAMPLE, 'package.json'), 'utf8')) as {
    build: { asarUnpack: string[]; win: { signExts: string[] } };
  };
  expect(manifest.build.asarUnpack).toEqual(['**/node_modules/windows-bits/prebuilds/**']);
  expect(manifest.build.win.signExts).toContain('.node');
});
