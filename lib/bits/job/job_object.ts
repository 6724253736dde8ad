import { Bound } from '../com_object';
import type { CallContext, Connection } from '../connection';
import { decode, JOB_STATE } from '../../contract/enums';
import type { JobHandle } from '../../contract/addon';

/** What all parts of BitsJob share. */
export abstract class JobCore extends Bound<'job'> {
  /** The GUID that identifies the job on this computer, `{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`. */
  readonly id: string;

  /** @internal Jobs come from a manager. */
  constructor(connection: Connection, id: string, handle: JobHandle) {
    super(connection, 'job', handle);
    this.id = id;
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
}
