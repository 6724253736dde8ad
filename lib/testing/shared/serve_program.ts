import type { Duplex } from 'node:stream';
import type { ManagerHandle, VerdictHandle } from '../../contract/addon';
import { SimulatedObject } from '../addon/objects';
import { simulatedAddon } from '../addon/simulated_addon';
import type { Hooks } from '../addon/program';
import type { RunningComputer } from '../computer/create_computer';
import { identityOf } from '../computer/fresh_state';
import type { Identity } from '../computer/state';
import { SimulatedProgram } from '../program';
import { Verdict } from '../service/certificate_check';
import { decode, encode, receive, send } from './wire';
import type { Answer, Request } from './wire';

type Invoke = (...args: readonly unknown[]) => Promise<unknown>;

/** Whose the programs are: the first person that there is. */
function userOf({ state }: RunningComputer): Identity {
  const user = state.users.find(({ kind }) => kind === 'standard' || kind === 'administrator');
  if (user === undefined) throw new Error('the simulated computer has no user');
  return identityOf(user, false);
}

/** Another process as a program of the simulated computer: it has what is at the other end of a connection. */
export class ServedProgram {
  readonly #program: SimulatedProgram;
  readonly #handles = new Map<number, object>();
  readonly #numbers = new WeakMap<object, number>();
  readonly #calls = new Map<number, Promise<unknown>>();
  #last = 0;

  constructor(
    computer: RunningComputer,
    private readonly stream: Duplex,
    hooks: Hooks,
  ) {
    this.#program = new SimulatedProgram(computer, userOf(computer), (client) =>
      simulatedAddon(computer, client, hooks),
    );
    receive(stream, (request) => this.#serve(request as Request));
  }

  /** The process has ended. */
  end(): void {
    this.#program.kill();
  }

  #serve(request: Request): void {
    if ('call' in request) this.#call(request);
    else if ('open' in request) this.#open(request);
    else if ('release' in request)
      this.#program.addon.releaseManager(this.#handles.get(request.release) as ManagerHandle);
    else if ('abandon' in request) {
      const call = this.#calls.get(request.abandon);
      if (call !== undefined) this.#program.addon.abandon(call);
    } else {
      const verdict = this.#handles.get(request.verdict) as unknown as VerdictHandle;
      this.#program.addon.answerCertificate(verdict, request.accept);
    }
  }

  /** The program counts its managers from -1 downwards. */
  #open({ open, clsid, context }: Extract<Request, { open: number }>): void {
    const manager = this.#program.addon.openManager(clsid, context);
    this.#handles.set(open, manager);
    this.#numbers.set(manager, open);
  }

  #call({ call, group, method, args }: Extract<Request, { call: number }>): void {
    const methods = this.#program.addon[group as 'job'] as unknown as Readonly<Record<string, Invoke>>;
    const given = args.map((value) => decode(value, (kind, fields) => this.#revive(kind, fields)));
    const work = methods[method]!(...given);
    this.#calls.set(call, work);
    const answer = (rest: { result: unknown } | { failure: unknown } | { problem: string }) => {
      this.#calls.delete(call);
      this.#send({ call, ...rest });
    };
    work.then(
      (result) => answer({ result: this.#encode(result) }),
      (thrown: unknown) => answer(thrown instanceof Error ? { problem: thrown.message } : { failure: thrown }),
    );
  }

  #revive(kind: string, fields: Readonly<Record<string, unknown>>): unknown {
    const number = Number(fields[kind]);
    if (kind === 'handle') return this.#handles.get(number);
    return (...args: readonly unknown[]) =>
      this.#send({ callback: number, args: args.map((each) => this.#encode(each)) });
  }

  #encode(value: unknown): unknown {
    return encode(value, (object) => {
      if (object instanceof SimulatedObject) {
        return { $: 'handle', handle: this.#numberOf(object), kind: object.kind, job: object.jobId };
      }
      if (object instanceof Verdict) return { $: 'handle', handle: this.#numberOf(object), kind: 'verdict', job: null };
      return undefined;
    });
  }

  #numberOf(object: object): number {
    const number = this.#numbers.get(object) ?? ++this.#last;
    this.#numbers.set(object, number);
    this.#handles.set(number, object);
    return number;
  }

  #send(answer: Answer): void {
    send(this.stream, answer);
  }
}
