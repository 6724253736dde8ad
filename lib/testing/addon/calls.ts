/** A call that a program has made. */
export interface SimulatedCall {
  /** From 1, in the order in which the calls reached the service. */
  readonly number: number;
  /** 'IBackgroundCopyJob::Resume' */
  readonly method: string;
  /** Id of the job that the call is about; null: the manager. */
  readonly job: string | null;
  /** The arguments as they were given: also passwords and headers. */
  readonly args: readonly unknown[];
  /** Milliseconds since 1970. */
  readonly time: number;
  /** What was answered, an HRESULT; absent as long as nothing was. */
  hresult?: number;
}

/**
 * The calls that reached the service, as COM methods: `createJob` of the addon is one call for each of its steps. Reading
 * a snapshot counts as one.
 */
export class CallLog {
  readonly made: SimulatedCall[] = [];

  begin(method: string, job: string | null, args: readonly unknown[], time: number): SimulatedCall {
    const call: SimulatedCall = { number: this.made.length + 1, method, job, args, time };
    this.made.push(call);
    return call;
  }

  /** Calls that have not been answered. */
  get pending(): readonly SimulatedCall[] {
    return this.made.filter(({ hresult }) => hresult === undefined);
  }
}
