import fs from 'node:fs';
import net from 'node:net';
import { HOST } from '../../host';
import type { Timer } from '../../host';
import { createHooks } from '../addon/simulated_addon';
import { RunningComputer } from '../computer/create_computer';
import { createEngine } from '../engine/engine';
import { serviceOf } from '../service/service_process';
import { createTransport } from '../transport/create_transport';
import { takeLock } from './lock';
import { placeOf, readState, speedFrom, writeState } from './place';
import { ServedProgram } from './serve_program';

/*
 * The process that is the service for others: node service_main.js STATE-FILE [SPEED]. It is started by the first program
 * and ends after the last one, when it has saved the state.
 */

/** How long it stays without programs, in milliseconds. */
const PATIENCE = 1000;
/** How often the state is saved, in milliseconds. */
const SAVING = 250;
/** How long another process may take to end, in milliseconds. */
const LOCK_LIMIT = 10_000;

const [, , stateFile = '', speed] = process.argv;
const place = placeOf(stateFile);

const pause = (ms: number) => new Promise<void>((resolve) => void HOST.clock.after(ms, resolve));

async function locked(): Promise<boolean> {
  const begun = HOST.clock.now();
  while (!takeLock(place.lockFile)) {
    if (HOST.clock.now() - begun > LOCK_LIMIT) return false;
    await pause(20);
  }
  return true;
}

function run(): void {
  if (Object.keys(place.drives).length > 0) fs.mkdirSync(place.drives['C:']!, { recursive: true });
  const computer = new RunningComputer({
    from: readState(place),
    clock: { mode: 'real', speed: speedFrom(speed) },
    drives: place.drives,
    engine: createEngine,
    transport: createTransport,
  });
  serviceOf(computer).resume();
  const hooks = createHooks();
  let [clients, saved] = [0, ''];
  let ending: Timer | undefined;

  const save = () => {
    const state = computer.save();
    const text = JSON.stringify({ ...state, time: 0 });
    if (text !== saved) writeState(place, state);
    saved = text;
  };
  const saveAgain = () => {
    save();
    HOST.clock.after(SAVING, saveAgain).unref();
  };
  const end = () => {
    server.close();
    saved = ''; // the time, too
    save();
    fs.rmSync(place.lockFile, { force: true });
    process.exit(0);
  };
  const endLater = () => {
    ending = HOST.clock.after(PATIENCE, end);
  };
  const server = net.createServer((socket) => {
    ending?.cancel();
    clients++;
    const program = new ServedProgram(computer, socket, hooks);
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      program.end();
      if (--clients === 0) endLater();
    });
  });
  if (process.platform !== 'win32') fs.rmSync(place.address, { force: true });
  server.listen(place.address, () => {
    saveAgain();
    endLater();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
}

void locked().then((isMine) => {
  if (isMine) run();
});
