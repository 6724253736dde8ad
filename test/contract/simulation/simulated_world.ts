import { createHash } from 'node:crypto';
import type { BitsJob, BitsManager, CreateJobOptions } from '../../../lib';
import { PARTS, Simulation } from '../../../lib/testing/simulation';
import type { SimulationParts } from '../../../lib/testing/simulation';
import type { ServerSettings } from '../../../lib/testing';
import { programsOf } from '../../support/elsewhere';
import type { OpenWorld, Target } from '../target';
import { uploadServers } from '../upload_servers';
import { bytesOf } from '../world';
import type { Controls, Served, World } from '../world';
import type { Lying } from './lying';
import { Requests } from './requests';

// A simulated computer for each case: files in memory, scripted servers, and time that passes whenever everybody waits.

/** Milliseconds between two of the twenty pieces of a slow file. */
const PAUSE = 250;
const FOLDER = 'C:\\contract';
const HOST = 'http://server.test';

/** A simulation as a target; `told` makes it lie. */
export function simulationTarget(profile: 'windows' | 'wine-8' = 'windows', told: Lying = (honest) => honest): Target {
  const name = profile === 'windows' ? 'simulation' : 'simulated-wine-8';
  return { name, open: async () => open(profile, told) };
}

async function open(profile: 'windows' | 'wine-8', told: Lying): Promise<OpenWorld> {
  const requests = new Requests();
  const observed: SimulationParts = {
    ...PARTS,
    transport: (computer) => requests.observe(computer, PARTS.transport(computer)),
  };
  const sim = new Simulation({ profile }, told(observed));
  sim.files.makeFolder(FOLDER);
  const bits = await sim.connect();
  const uploads = uploadServers();
  const inFolder = (file: string) => `${FOLDER}\\${file}`;
  const urlOf = (file: string) => `${HOST}/${file}`;

  const world: World = {
    ...controlsOf(sim),
    uploads: uploads.control,
    programs: programsOf(sim),
    bits,
    connect: () => sim.asUser('user').connect(),
    createJob: (options: Partial<CreateJobOptions> = {}): Promise<BitsJob> =>
      bits.createJob({ name: 'windows-bits contract', ...options }),
    folder: FOLDER,
    path: inFolder,
    names: () => Promise.resolve(namesIn(sim)),
    read: (file) => Promise.resolve(sim.files.exists(inFolder(file)) ? sim.files.read(inFolder(file)) : null),
    write: (file, content) => done(() => sim.files.write(inFolder(file), content)),
    makeFolder: (file) => done(() => sim.files.makeFolder(inFolder(file))),
    hold: (file) => {
      sim.files.lock(inFolder(file));
      return Promise.resolve({ release: () => sim.files.unlock(inFolder(file)) });
    },
    serve: (file, served = {}) => {
      requests.pace(urlOf(file), served.slow === true ? PAUSE : null);
      return sim.serve(urlOf(file), settingsOf(file, served)).url;
    },
    nowhere: refusing(sim),
    asked: (file) => requests.asked(urlOf(file)),
    fetched: (file) => requests.fetched(urlOf(file)),
    eventually: (condition, within = 30_000) => met(sim, condition, within),
    never: async (condition, during) => !(await met(sim, condition, during)),
  };
  const close = async () => {
    sim.dispose();
    await uploads.close();
  };
  return { world, close };
}

/** Whether a condition is met within so much simulated time. What the simulation complains about is thrown. */
async function met(sim: Simulation, condition: () => boolean | Promise<boolean>, within: number): Promise<boolean> {
  const end = sim.clock.now.getTime() + within;
  let isMet = false;
  await sim.clock
    .until(async () => (isMet = await condition()) || sim.clock.now.getTime() >= end, within + 1)
    .catch((error: unknown) => {
      if (!String(error).includes('The condition was not met')) throw error;
    });
  return isMet;
}

/** Done at once, where a real service takes its time. */
function done(work: () => void): Promise<void> {
  work();
  return Promise.resolve();
}

function controlsOf(sim: Simulation): Omit<Controls, 'uploads' | 'programs'> {
  return {
    network: {
      disconnect: () => sim.network.disconnect(),
      connect: () => sim.network.connect(),
      cost: (kind) => sim.network.cost(kind === 'overCap' ? 'overcapCharged' : kind),
      bandwidth: (rate) => sim.network.bandwidth(rate),
      latency: (ms) => sim.network.latency(ms),
    },
    power: {
      battery: (percent) => (percent === null ? sim.power.mains() : sim.power.battery(percent)),
      saver: (on) => sim.power.saver(on),
      standby: (on) => sim.power.standby(on),
    },
    policy: {
      set: ({ maxDownloadTime, inactivityTimeout, ...values }) =>
        sim.policy({
          ...values,
          ...(maxDownloadTime === undefined ? {} : { maxDownloadTime: maxDownloadTime * 1000 }),
          ...(inactivityTimeout === undefined ? {} : { inactivityTimeout: inactivityTimeout * 1000 }),
        }),
    },
    users: {
      connect: ({ name, administrator = false, elevated = false, system = false }): Promise<BitsManager> => {
        const kind = system ? 'localSystem' : administrator ? 'administrator' : 'standard';
        return sim.asUser(name ?? (administrator ? 'boss' : 'user'), { kind, elevated }).connect();
      },
      logOff: () => sim.user.logOff('user'),
      logOn: () => sim.user.logOn('user'),
    },
    service: {
      stop: () => done(() => sim.service.stop()),
      start: () => done(() => sim.service.start()),
      disable: () => done(() => sim.service.disable()),
      enable: () => done(() => sim.service.enable()),
      crash: () => done(() => sim.service.crash()),
    },
    machine: { reboot: ({ down = 60_000 } = {}) => sim.machine.reboot({ down }) },
    clock: { advance: (ms) => sim.clock.advance(ms) },
    proxy: { answering: (status) => sim.network.proxy({ status }) },
  };
}

function settingsOf(name: string, served: Served): ServerSettings {
  const { size = 1000, body = bytesOf(name, size), status, location, ranges, unsized = false, cut, silent } = served;
  const etag = `"${createHash('sha1').update(body).digest('hex')}"`;
  return {
    bytes: body.toString('base64'),
    etag,
    ...(status === undefined ? {} : { status }),
    ...(location === undefined ? {} : { redirect: location }),
    ...(ranges === undefined ? {} : { ranges }),
    ...(unsized ? { length: false, ranges: false } : {}),
    ...(cut === undefined ? {} : { script: [{ after: cut, then: 'reset', times: 1000 }] }),
    ...(silent === true ? { script: [{ then: 'stall', times: 1000 }] } : {}),
  };
}

/** A server that refuses connections: ERROR_WINHTTP_CANNOT_CONNECT. */
function refusing(sim: Simulation): string {
  return sim.serve('http://nobody.test/x', { script: [{ then: { hresult: 0x80072efd }, times: 1_000_000 }] }).url;
}

const namesIn = (sim: Simulation) =>
  sim.files
    .list()
    .filter((file) => file.toLowerCase().startsWith(`${FOLDER}\\`.toLowerCase()))
    .map((file) => file.slice(FOLDER.length + 1))
    .map((name) => (/^BIT.*\.tmp$/i.test(name) ? 'BIT.tmp' : name))
    .sort();
