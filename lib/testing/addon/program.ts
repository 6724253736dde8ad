import type { ErrorHandle, FileHandle, JobHandle, NativeNamedJob } from '../../contract/addon';
import type { Client, Computer } from '../computer/computer';
import type { ErrorState, FileState, JobState } from '../computer/state';
import { execute } from '../service/execute';
import { CallFailure, fail, hr } from '../service/failure';
import type { Adopter, Call } from '../service/methods';
import { findJob } from '../service/queue';
import { checkAccess } from '../service/rights';
import { serviceOf } from '../service/service_process';
import { hasClass, hasInterface } from '../service/versions';
import type { CallLog, SimulatedCall } from './calls';
import type { Faults } from './faults';
import type { MethodRow } from './method_names';
import { CallQueue, SimulatedObject } from './objects';
import type { ManagerObject } from './objects';
import { isCertainlyNotExecuted, isDisconnected, Outcome, outcomeOf } from './outcome';

/** Calls that only read are not worth a line of the trace: there is one for each poll. */
const IS_READING = /::(?:Get|Enum|Is|(?:Job|File)?Snapshot|JobChanges|Interfaces)/;

/** What tests see of calls, and do to them. */
export interface Hooks {
  readonly calls: CallLog;
  readonly faults: Faults;
}

/** Whether a call may be made again when it is not known if it was executed. */
export type Repeat = 'repeat' | 'once';

/** A program's side of its calls: the part of the addon between its functions and COM, native/bits/. */
export class Program {
  constructor(
    readonly computer: Computer,
    readonly client: Client,
    readonly hooks: Hooks,
  ) {}

  /**
   * Makes a call; when the connection has broken, finds the object again, once, and repeats the call if it may be, or if
   * it was certainly not executed: Perform in native/bits/call.h.
   */
  async perform<T>(object: SimulatedObject, repeat: Repeat, make: () => Promise<T>): Promise<T> {
    const isOver = ({ step, hresult }: Outcome) => step !== null || !isDisconnected(hresult);
    const mayHaveHappened = ({ hresult }: Outcome) => repeat === 'once' && !isCertainlyNotExecuted(hresult);
    const end = (outcome: Outcome): Outcome =>
      !isOver(outcome) && mayHaveHappened(outcome) ? new Outcome(outcome.hresult, 'lost') : outcome;
    try {
      return await make();
    } catch (thrown) {
      const outcome = outcomeOf(thrown);
      if (isOver(outcome)) throw outcome;
      object.run = 0;
      if (mayHaveHappened(outcome) || !object.canBeFound) throw end(outcome);
    }
    return make().catch((thrown: unknown) => {
      throw end(outcomeOf(thrown));
    });
  }

  /** One call of a COM method. `record`: whether it is noted by itself. */
  async callMethod(object: SimulatedObject, row: MethodRow, args: readonly unknown[], record = true): Promise<unknown> {
    return this.through(object, row.com, row.face, record ? args : null, () => {
      const call: Call<unknown> = {
        computer: this.computer,
        client: this.client,
        target: object.target,
        adopt: this.adopterFor(object),
        own: object.own,
      };
      return execute(row.group, row.name, row.run, call, args);
    });
  }

  /**
   * Does some work as a call of a COM method: connected, with the interface, recorded (null: not), delayed, hung and
   * failed as the test says.
   */
  async through<T>(
    object: SimulatedObject,
    com: string,
    face: string,
    args: readonly unknown[] | null,
    work: () => T | Promise<T>,
  ): Promise<T> {
    const { calls, faults } = this.hooks;
    this.#connect(object);
    if (!hasInterface(this.computer.state, face)) throw new CallFailure(hr('E_NOINTERFACE'), true);
    const call = args === null ? null : calls.begin(com, object.jobId, args, this.computer.clock.time());
    try {
      this.#needConnection(object, 'RPC_S_SERVER_UNAVAILABLE');
      await this.#wait(com);
      this.#needConnection(object, 'RPC_S_CALL_FAILED');
      const fault = faults.take(com);
      if (fault?.executed === false) throw new CallFailure(fault.hresult);
      const answer = await work();
      if (fault !== undefined) throw new CallFailure(fault.hresult);
      this.#note(call, 0);
      return answer;
    } catch (thrown) {
      this.#note(
        call,
        thrown instanceof CallFailure || thrown instanceof Outcome ? thrown.hresult : hr('E_UNEXPECTED'),
      );
      throw thrown;
    }
  }

  #note(call: SimulatedCall | null, hresult: number): void {
    if (call === null) return;
    call.hresult = hresult;
    if (hresult === 0 && IS_READING.test(call.method)) return;
    const about = call.job === null ? '' : ` ${call.job}`;
    this.computer.trace(`call: ${call.method}${about} 0x${hresult.toString(16).padStart(8, '0')}`);
  }

  /** An object without proxies finds the service, which is started, and itself: Object::Get in native/bits/object.cc. */
  #connect(object: SimulatedObject): void {
    if (object.run !== 0) return;
    if (!object.canBeFound) fail('RPC_E_DISCONNECTED');
    const { computer, client } = this;
    const service = serviceOf(computer);
    const { manager } = object;
    if (service.run === 0 || manager.run !== service.run) {
      if (!hasClass(computer.state, manager.clsid)) fail('REGDB_E_CLASSNOTREG');
      const hresult = service.start();
      if (hresult !== 0) throw new CallFailure(hresult);
    }
    manager.run = service.run;
    if (object === manager) return;
    const job = findJob(computer, object.jobId ?? '') ?? fail('BG_E_NOT_FOUND');
    checkAccess(computer, client.identity, job);
    object.run = service.run;
  }

  /** Proxies die with the run of the service that they belong to. */
  #needConnection(object: SimulatedObject, code: 'RPC_S_SERVER_UNAVAILABLE' | 'RPC_S_CALL_FAILED'): void {
    if (object.run !== serviceOf(this.computer).run) fail(code);
  }

  async #wait(com: string): Promise<void> {
    const { faults } = this.hooks;
    const { clock } = this.computer;
    const ms = faults.delayOf(com);
    if (ms > 0) await this.#orStopped(new Promise((resolve) => void clock.schedule(ms, resolve)));
    for (let hanging = faults.hangingOf(com); hanging !== undefined; hanging = faults.hangingOf(com)) {
      if (await this.#orStopped(hanging)) return;
    }
  }

  /** Resolves with whether the service has ended meanwhile. */
  #orStopped(work: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const done = serviceOf(this.computer).onStop(() => {
        done();
        resolve(true);
      });
      void work.then(() => {
        done();
        resolve(false);
      });
    });
  }

  /** The object of a job, the same one for as long as its manager knows it. */
  adopt(manager: ManagerObject, job: JobState): SimulatedObject {
    const known = manager.jobs.get(job.id);
    if (known?.target?.job === job) return known;
    const made = new SimulatedObject('job', new CallQueue(), manager, { job });
    made.run = serviceOf(this.computer).run;
    manager.jobs.set(job.id, made);
    return made;
  }

  adopterFor(parent: SimulatedObject): Adopter {
    const { manager } = parent;
    const part = (kind: 'file' | 'error', target: SimulatedObject['target']): SimulatedObject => {
      const made = new SimulatedObject(kind, parent.queue, manager, target);
      made.run = serviceOf(this.computer).run;
      return made;
    };
    return {
      job: (job): NativeNamedJob => ({
        id: job.id,
        handle: this.adopt(manager, job) as unknown as JobHandle,
      }),
      file: (job: JobState, file: FileState) => part('file', { job, file }) as unknown as FileHandle,
      error: (job: JobState, error: ErrorState) => part('error', { job, error }) as unknown as ErrorHandle,
    };
  }
}
