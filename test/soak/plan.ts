import type { OnAbort } from '../../lib';

/** What goes wrong with a download. With the last two, what COM proxies lead to goes away. */
export const FAULTS = [
  'none',
  'slow server',
  'connection cut',
  'status 500',
  'status 404',
  'wrong content',
  'no answer',
  'aborted',
  'closed',
  'client killed',
  'service restarted',
] as const;
export type Fault = (typeof FAULTS)[number];

/** One download of the soak. Everything about it comes from the seed and its number, so that a run can be repeated. */
export interface Task {
  readonly number: number;
  readonly fault: Fault;
  /** Of the files, in bytes. */
  readonly sizes: readonly number[];
  /** The file that the fault is about, where it is about one. */
  readonly victim: number;
  /** That file has a mirror that works. */
  readonly mirror: boolean;
  readonly key: boolean;
  /** There are files of these names already. */
  readonly replaces: boolean;
  readonly allowPartial: boolean;
  readonly onAbort: OnAbort;
  /** Milliseconds until the fault, where it is not the server's. */
  readonly after: number;
  /** Milliseconds between the pieces that the server sends. */
  readonly delay: number;
}

/** Of a file, in bytes. */
export const MAX_SIZE = 1 << 20;

/** The task of a number: the first ones have each fault once. `calm`: nothing that COM proxies lead to goes away. */
export function taskOf(seed: number, number: number, calm: boolean): Task {
  const draw = random(Math.imul(seed, 0x9e3779b1) + number); // in 32 bits: a product of large seeds would swallow the number
  const below = (limit: number) => Math.floor(draw() * limit);
  const chance = (share: number) => draw() < share;
  const size = () => (chance(0.05) ? 0 : Math.floor(1000 * (MAX_SIZE / 1000) ** draw())); // as many small as large ones
  const drawn = chance(0.1) && !calm ? 'service restarted' : FAULTS[below(FAULTS.length - (calm ? 2 : 1))];
  const count = chance(0.5) ? 1 : 2 + below(7);
  const victim = below(count);
  return {
    number,
    fault: FAULTS[number] ?? drawn ?? 'none',
    sizes: Array.from({ length: count }, (_, i) => (i === victim ? 1000 + below(200_000) : size())),
    victim,
    mirror: chance(0.3),
    key: chance(0.5),
    replaces: chance(0.2),
    allowPartial: chance(0.2),
    onAbort: (['detach', 'suspend', 'cancel'] as const)[below(3)] ?? 'detach',
    after: below(600),
    delay: 10 + below(80),
  };
}

/** Numbers from 0 to 1 (mulberry32). */
function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}
