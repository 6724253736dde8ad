import fs from 'node:fs';
import path from 'node:path';
import * as bits from '../../lib';
import type { Row } from '../../examples/electron/ipc';
import { milliseconds } from '../support/expected_on';
import { useService } from '../support/service';
import { until } from '../support/until';

// The downloads of the Electron example on the real service: all of the app but its window.

/* eslint-disable @typescript-eslint/no-require-imports -- the example is JavaScript */
const { openEngine } = require('../../examples/electron/engine.js') as {
  openEngine: (bits: unknown, app: string) => Promise<{ close(): Promise<void> }>;
};
const { Transfers } = require('../../examples/electron/transfers.js') as {
  Transfers: new (
    engine: unknown,
    options: { interval: number },
  ) => {
    rows: Row[];
    progress: number | null;
    restore(): Promise<void>;
    start(url: string, folder: string): Promise<void>;
    refresh(): Promise<void>;
    cancel(id: string): Promise<void>;
    close(): Promise<void>;
  };
};
/* eslint-enable @typescript-eslint/no-require-imports */

const at = useService();
const app = `electron test ${process.pid}`;
const open = async () => new Transfers(await openEngine(bits, app), { interval: 50 });

test('quit in the middle of a download; the next start finds it and the file is complete', async () => {
  const body = Buffer.alloc(400_000, 'electron');
  const { url } = at.serve('slow.bin', body, { chunk: 50_000, delay: milliseconds({ windows: 500, others: 100 }) });

  const first = await open();
  await first.start(url, at.folder);
  expect(first.rows).toMatchObject([{ name: 'slow.bin', state: expect.stringMatching(/waiting|running/) }]);
  await first.close();
  expect(fs.existsSync(path.join(at.folder, 'slow.bin'))).toBe(false);

  const second = await open();
  await second.restore();
  expect(second.rows).toHaveLength(1);
  await until(() => second.progress === null);
  expect(second.rows).toMatchObject([{ name: 'slow.bin', state: 'done', progress: 1 }]);
  expect(fs.readFileSync(path.join(at.folder, 'slow.bin')).equals(body)).toBe(true);
  await second.close();

  const third = await open();
  await third.restore();
  expect(third.rows).toEqual([]);
  await third.close();
});

test('a missing file is a failure in words', async () => {
  const transfers = await open();
  await transfers.start(at.server.url('/missing.bin'), at.folder);
  await until(() => transfers.progress === null);
  const [row] = transfers.rows;
  expect(row).toMatchObject({ state: 'failed', message: expect.stringMatching(/\w+ \w+/) });
  await transfers.cancel(row!.id);
  await transfers.close();
});
