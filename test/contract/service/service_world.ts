import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from '../../../lib';
import type { BitsJob, BitsManager, CreateJobOptions } from '../../../lib';
import { loadAddon } from '../../../lib/native/load';
import { processes } from '../../support/elsewhere';
import { FileServer } from '../../support/server';
import { holdFile } from '../../support/service';
import { until } from '../../support/until';
import { uploadServers } from '../upload_servers';
import { noControl } from '../target';
import type { OpenWorld, Target } from '../target';
import { bytesOf } from '../world';
import type { Asked, Served, World } from '../world';

// The service that is there, Windows' own or Wine's, with real files, a real server and real time.

/** A real service is watched for so long at most, in milliseconds. */
const LONGEST_NEVER = 500;

/** Milliseconds between two of the twenty pieces of a slow file. */
const PAUSE = { windows: 150, 'wine-8': 25 };

/** Wine's Cancel waits for the server: one that does not answer hangs up after so many milliseconds there. */
const PATIENCE = 1000;

/** The service of this computer. */
export function serviceTarget(): Target {
  const { wine, windows } = loadAddon().systemInfo();
  const name = wine === null ? 'windows' : 'wine-8';
  let shared: Promise<[BitsManager, FileServer]> | undefined;
  let count = 0;
  return {
    name,
    version: wine ?? windows,
    open: async () => {
      shared ??= Promise.all([connect(), FileServer.start()]);
      return open(name, ...(await shared), String(++count));
    },
    close: async () => {
      const [bits, server] = (await shared) ?? [];
      await bits?.close();
      await server?.stop();
    },
  };
}

async function open(
  target: 'windows' | 'wine-8',
  bits: BitsManager,
  server: FileServer,
  id: string,
): Promise<OpenWorld> {
  // As BITS names it: TEMP is often a short name (C:\\Users\\RUNNER~1\\…).
  const folder = fs.realpathSync.native(await fs.promises.mkdtemp(path.join(os.tmpdir(), 'windows-bits-')));
  const managers: BitsManager[] = [];
  const jobs: BitsJob[] = [];
  const held: { release(): void }[] = [];
  const uploads = uploadServers();
  const served = (name: string) => `/${id}/${name}`;
  const inFolder = (name: string) => path.join(folder, name);

  const world: World = {
    get network() {
      return noControl('network');
    },
    get power() {
      return noControl('power');
    },
    get policy() {
      return noControl('policy');
    },
    get users() {
      return noControl('users');
    },
    get service() {
      return noControl('service');
    },
    get machine() {
      return noControl('machine');
    },
    get clock() {
      return noControl('clock');
    },
    get proxy() {
      return noControl('proxy');
    },
    uploads: uploads.control,
    programs: processes,
    bits,
    connect: async () => {
      const other = await connect();
      managers.push(other);
      return other;
    },
    createJob: async (options: Partial<CreateJobOptions> = {}) => {
      const job = await bits.createJob({ name: 'windows-bits contract', ...options });
      jobs.push(job);
      return job;
    },
    folder,
    path: inFolder,
    names: () => Promise.resolve(namesIn(folder)),
    read: (name) => Promise.resolve(fs.existsSync(inFolder(name)) ? fs.readFileSync(inFolder(name)) : null),
    write: async (name, content) => fs.promises.writeFile(inFolder(name), content),
    makeFolder: async (name) => fs.promises.mkdir(inFolder(name)),
    hold: (name) => {
      const open = holdFile(inFolder(name));
      let isHeld = true;
      const once = {
        release: () => {
          if (isHeld) open.release();
          isHeld = false;
        },
      };
      held.push(once);
      return Promise.resolve(once);
    },
    serve: (name, how = {}) => serve(server, target, served(name), how),
    nowhere: 'http://127.0.0.1:1/nobody',
    asked: (name) => server.requests.filter(({ url }) => url === served(name)) as readonly Asked[],
    fetched: (name) => server.fetched(served(name)),
    eventually: async (condition, limit = 30_000) =>
      until(condition, { limit }).then(
        () => true,
        () => false,
      ),
    never: async (condition, during) =>
      until(condition, { limit: Math.min(during, LONGEST_NEVER) }).then(
        () => false,
        () => true,
      ),
  };
  const close = async () => {
    server.disconnect();
    for (const { release } of held) release();
    await uploads.close();
    await Promise.all(jobs.map((job) => job.cancel().catch(() => undefined))); // most have ended
    await Promise.all(managers.map((manager) => manager.close()));
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { world, close };
}

function serve(server: FileServer, target: 'windows' | 'wine-8', url: string, served: Served): string {
  const name = url.slice(url.lastIndexOf('/') + 1);
  const { size = 1000, body = bytesOf(name, size), status, location, ranges, unsized, cut, silent, slow } = served;
  const pieces = { chunk: Math.ceil(body.length / 20), delay: PAUSE[target] };
  server.files.set(url, {
    body,
    ...(status !== undefined && location === undefined ? { status } : {}),
    ...(location === undefined ? {} : { redirect: location }),
    ...(ranges === undefined ? {} : { ranges }),
    ...(unsized === undefined ? {} : { unsized }),
    // It breaks in front of the first piece that begins behind the cut.
    ...(cut === undefined ? {} : { cut, ...pieces }),
    ...(slow === true ? pieces : {}),
    ...(silent === true ? { silent } : {}),
  });
  if (silent === true && target === 'wine-8') setTimeout(() => server.hangUp(url), PATIENCE).unref();
  return server.url(url);
}

const namesIn = (folder: string) =>
  fs
    .readdirSync(folder)
    .map((name) => (/^BIT.*\.tmp$/i.test(name) ? 'BIT.tmp' : name))
    .sort();
