import { ComObject } from '../com_object';
import type { CallContext, Connection } from '../connection';
import { decode, JOB_STATE } from '../../contract/enums';
import type { Host } from '../../host';
import type { JobHandle } from '../../contract/addon';

/** The base of the classes that make up BitsJob, one for each interface. */
export abstract class JobObject extends ComObject<'job'> {
  /** The GUID that identifies the job on this computer, `{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`. */
  readonly id: string;

  /** @internal Use `manager.createJob()` or `manager.getJob()`. */
  constructor(connection: Connection, id: string, handle: JobHandle) {
    super(connection, 'job', handle);
    this.id = id;
  }

  /** Clock and file system. @internal */
  get host(): Host {
    return this.connection.host;
  }

  /** The same job for calls that nobody waits for: see `Connection.background`. @internal */
  get background(): this {
    return this.#over(this.connection.background);
  }

  /** The same job with the limits given to `connect()`. @internal */
  get standard(): this {
    return this.#over(this.connection.base);
  }

  /** The same job with another limit for each call; this one when undefined. @internal */
  limited(serviceTimeout: number | undefined): this {
    return serviceTimeout === undefined ? this : this.#over(this.connection.limited(serviceTimeout));
  }

  /** Whether its calls fail at once, because an earlier one has not been answered. @internal */
  get isStuck(): boolean {
    return this.connection.isStuck(this.id);
  }

  /** Names of the interfaces that the job has. @internal */
  async interfaces(): Promise<string[]> {
    return this.call('interfaces');
  }

  override toJSON(): { readonly id: string } {
    return { id: this.id };
  }

  /** @internal */
  protected override context(): CallContext {
    return {
      jobId: this.id,
      readState: async () => decode(JOB_STATE, await this.callWith({ readState: undefined }, 'getState')),
    };
  }

  #over(connection: Connection): this {
    const Job = this.constructor as new (connection: Connection, id: string, handle: JobHandle) => this;
    return new Job(connection, this.id, this.handle);
  }
}
