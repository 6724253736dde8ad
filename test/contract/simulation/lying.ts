import { CODES } from '../../../lib/errors/codes';
import type { NativeAddon, NativeFailure, NativeJobSnapshot } from '../../../lib/contract/addon';
import type { Computer, Engine, JobEvent } from '../../../lib/testing/computer/computer';
import type { Content } from '../../../lib/testing/computer/simulated_disk';
import type { SimulationParts } from '../../../lib/testing/simulation';
import type { TransferRequest, TransferResponse } from '../../../lib/testing/transport/transport';

// Ways to make a simulation lie, from outside: at the raw contract, in the state of the computer, in the engine, in what
// is delivered, and in what goes over the network. The simulation itself knows nothing of them.

/** Makes the parts of a simulation lie. */
export type Lying = (honest: SimulationParts) => SimulationParts;

type Group = 'manager' | 'job' | 'file' | 'error';
type Call = (...args: never[]) => Promise<unknown>;

/** One method of the raw contract answers something else. */
export function answering(
  group: Group,
  method: string,
  lie: (real: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): Lying {
  const lying = (addon: NativeAddon): NativeAddon => {
    const calls = addon[group] as unknown as Readonly<Record<string, Call>>;
    const real = calls[method]!;
    return { ...addon, [group]: { ...calls, [method]: (...args: never[]) => lie(() => real(...args), args) } };
  };
  return (honest) => ({ ...honest, addon: (...args) => lying(honest.addon(...args)) });
}

/** A method that says nothing but that all is well. */
export const pretending = (group: Group, method: string): Lying => answering(group, method, () => Promise.resolve(0));

/** A result is another one. */
export const answer = (group: Group, method: string, change: (result: unknown) => unknown): Lying =>
  answering(group, method, async (real) => change(await real()));

/** A failure has another code. */
export const failingAs = (group: Group, method: string, code: keyof typeof CODES): Lying =>
  answering(group, method, (real) =>
    real().catch((failure: unknown) =>
      Promise.reject({ ...(failure as NativeFailure), hresult: CODES[code].hresult } satisfies NativeFailure),
    ),
  );

/** A state is told as another one, wherever it is told. */
export function telling(from: number, to: number): Lying {
  const told = (state: number) => (state === from ? to : state);
  const snapshotOf = <S extends NativeJobSnapshot | null>(facts: S): S =>
    facts === null ? facts : { ...facts, state: told(facts.state) };
  const lying = (addon: NativeAddon): NativeAddon => ({
    ...addon,
    job: {
      ...addon.job,
      getState: async (job) => told(await addon.job.getState(job)),
      snapshot: async (job) => snapshotOf(await addon.job.snapshot(job)),
    },
    manager: {
      ...addon.manager,
      jobSnapshots: async (manager, flags) => {
        const listed = await addon.manager.jobSnapshots(manager, flags);
        return listed.map((each) => ({ ...each, snapshot: snapshotOf(each.snapshot) }));
      },
      jobChanges: async (manager, jobs, stamps) => {
        const changes = await addon.manager.jobChanges(manager, jobs, stamps);
        return changes.map((each) => ({ ...each, snapshot: snapshotOf(each.snapshot) }));
      },
    },
  });
  return (honest) => ({ ...honest, addon: (...args) => lying(honest.addon(...args)) });
}

/** The computer is another one from the beginning. */
export function on(change: (computer: Computer) => void): Lying {
  return (honest) => ({
    ...honest,
    engine: (computer) => {
      change(computer);
      return honest.engine(computer);
    },
  });
}

/** The engine does something else. */
export function driving(change: (engine: Engine, computer: Computer) => Partial<Engine>): Lying {
  return (honest) => ({
    ...honest,
    engine: (computer) => {
      const engine = honest.engine(computer);
      const own: Engine = {
        jobChanged: (job) => engine.jobChanged(job),
        jobStopped: (job) => engine.jobStopped(job),
        conditionsChanged: () => engine.conditionsChanged(),
        start: () => engine.start(),
        stop: (unexpectedly) => engine.stop(unexpectedly),
      };
      return { ...own, ...change(engine, computer) };
    },
  });
}

/** A fixed value, whatever is written to it. */
export function stuck<T extends object>(object: T, name: keyof T, value: T[keyof T]): void {
  Object.defineProperty(object, name, { get: () => value, set: () => undefined, enumerable: true, configurable: true });
}

/** What callback objects get is something else. */
export function delivering(change: (deliver: (event: JobEvent) => boolean, event: JobEvent) => boolean): Lying {
  return on(({ registrations }) => {
    const set = registrations.set.bind(registrations);
    registrations.set = (id, registration) => {
      const deliver = (event: JobEvent) => registration.deliver(event);
      return set(id, { client: registration.client, deliver: (event) => change(deliver, event) });
    };
  });
}

/** What goes over the network is something else. */
export function sending(
  change: (
    request: TransferRequest,
    send: (request: TransferRequest) => Promise<TransferResponse>,
  ) => Promise<TransferResponse>,
): Lying {
  return (honest) => ({
    ...honest,
    transport: (computer) => {
      const transport = honest.transport(computer);
      return { request: (request, signal) => change(request, (sent) => transport.request(sent, signal)) };
    },
  });
}

/** The bytes of a body with the first one changed. */
export async function* withWrongByte(body: AsyncIterable<Content>): AsyncGenerator<Content> {
  for await (const part of body) {
    yield { size: part.size, read: (offset, length) => changed(part.read(offset, length), offset) };
  }
}

function changed(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  if (offset === 0 && copy.length > 0) copy[0] = copy[0]! ^ 0xff;
  return copy;
}

/** Headers of an answer, without those of a name. */
export const without = (response: TransferResponse, name: string): TransferResponse => ({
  ...response,
  headers: response.headers.filter(([other]) => other.toLowerCase() !== name),
});
