import { simulateBits } from '../../../lib/testing';
import type { Simulation } from '../../../lib/testing';

// A week of a laptop: it sleeps on the way, is shut down at night, is at home, at the office and on a train with a phone's
// network, which costs, and is restarted by an update. A program downloads fifty files meanwhile.

const MB = 1_000_000;
const FOLDER = 'C:\\Users\\user\\Videos';
const names = Array.from({ length: 50 }, (_, i) => `film-${i + 1}.mp4`);
const urlOf = (name: string) => `https://films.example/${name}`;
const sizeOf = (i: number) => 1000 * MB + i * 31 * MB;

const files = names.map((name) => ({ url: urlOf(name), path: `${FOLDER}\\${name}` }));

const NETWORKS = {
  home: { cost: 'unrestricted', rate: '1 MB/s' },
  office: { cost: 'unrestricted', rate: '400 kB/s' },
  train: { cost: 'roaming', rate: '300 kB/s' },
} as const;

function join(sim: Simulation, place: keyof typeof NETWORKS): void {
  const { cost, rate } = NETWORKS[place];
  sim.network.bandwidth(rate);
  sim.network.connect({ cost });
}

/** The program, as it starts with every log-on, to be ended at any moment. */
async function program(sim: Simulation, finished: () => void): Promise<void> {
  const bits = await sim.connect();
  bits.watchProfile = 'unattended';
  const [restored] = await bits.restore();
  if (restored?.status !== 'completed') {
    await bits.download({ key: 'films', files, createFolders: true, priority: 'normal' });
  }
  finished();
  await bits.close();
}

const HOUR = 3_600_000;

interface User {
  /** Starts the program. */
  start(): void;
  /** Ends it. */
  stop(): void;
}

async function day(sim: Simulation, number: number, user: User): Promise<void> {
  const tomorrow = sim.clock.now.getTime() + 24 * HOUR;
  const useProgram = async () => {
    user.start();
    await sim.clock.advance('5m');
    user.stop();
  };
  join(sim, 'home');
  await useProgram();
  await sim.clock.advance('1h');
  if (number === 2) user.start(); // it sleeps and wakes with the computer
  await sim.machine.sleep('30m');
  join(sim, 'train');
  await sim.clock.advance('45m');
  sim.network.disconnect();
  await sim.clock.advance('15m');
  user.stop();
  join(sim, 'office');
  await sim.clock.advance('3h');
  if (number === 3) {
    await sim.machine.reboot({ down: '10m' });
    await useProgram();
  }
  sim.power.battery(40);
  await sim.clock.advance('1h');
  sim.power.mains();
  await sim.clock.advance('2h');
  await sim.machine.sleep('90m');
  join(sim, 'home');
  await sim.clock.advance('2h');
  sim.user.logOff();
  await sim.clock.advance('30m');
  sim.user.logOn();
  await useProgram();
  await sim.clock.advance('1h');
  await sim.machine.reboot({ down: tomorrow - sim.clock.now.getTime() });
}

interface Week {
  readonly sim: Simulation;
  /** The day on which the program had all films, from 1; 0: never. */
  readonly finishedOn: number;
  /** Milliseconds of real time. */
  /** Of the processor: others may be busy at the same time. */
  readonly milliseconds: number;
}

async function week(seed: number): Promise<Week> {
  const begun = process.cpuUsage();
  const sim = simulateBits({ clock: 'manual', seed, now: Date.UTC(2026, 0, 5, 7) });
  names.forEach((name, i) => sim.serve(urlOf(name), { size: sizeOf(i) }));
  let finishedOn = 0;
  for (let number = 1; number <= 7; number++) {
    const start = () => {
      if (finishedOn === 0) void program(sim, () => (finishedOn = number));
    };
    await day(sim, number, { start, stop: () => sim.program.kill() });
  }
  const { user, system } = process.cpuUsage(begun);
  return { sim, finishedOn, milliseconds: (user + system) / 1000 };
}

let [first, second, other]: Week[] = [];

beforeAll(async () => {
  first = await week(1);
  second = await week(1);
  other = await week(2);
});
afterAll(() => [first, second, other].forEach((each) => each?.sim.dispose()));

test('fifty films arrive in a week', () => {
  const { sim, finishedOn } = first!;
  expect(finishedOn).toBeGreaterThanOrEqual(4); // it really was a matter of days
  expect(sim.files.list().sort()).toEqual(files.map(({ path }) => path).sort());
  expect(names.map((name, i) => sim.files.size(`${FOLDER}\\${name}`) === sizeOf(i))).not.toContain(false);
  for (const code of ['NETWORK_DISCONNECTED', 'BLOCKED_BY_COST_TRANSFER_POLICY', 'BLOCKED_BY_BATTERY_POLICY']) {
    expect(sim.trace).toContain(`BG_E_${code}`);
  }
  sim.assertClean();
});

test('the week passes in less than two seconds', () => {
  expect(Math.min(first!.milliseconds, second!.milliseconds, other!.milliseconds)).toBeLessThan(2000);
});

test('it is the same twice for a seed, and not for another', () => {
  expect(second!.sim.trace === first!.sim.trace).toBe(true);
  expect(other!.sim.trace === first!.sim.trace).toBe(false);
});
