import type { NativeFailure } from '../../contract/addon';
import { CallFailure, hr } from '../service/failure';

/** A failure on its way to the caller. */
export class Outcome extends Error {
  override readonly name = 'Outcome';

  constructor(
    readonly hresult: number,
    readonly kind: NativeFailure['kind'] = 'call',
    /** Of a method that makes several calls: the one that answered. Such an outcome is final. */
    readonly step: string | null = null,
  ) {
    super(`0x${hresult.toString(16)}`);
  }

  toFailure(method: string): NativeFailure {
    return { hresult: this.hresult, method: this.step ?? method, kind: this.kind };
  }
}

/** What was thrown, as an outcome; what is no failure of a call is thrown again. */
export function outcomeOf(thrown: unknown): Outcome {
  if (thrown instanceof Outcome) return thrown;
  if (thrown instanceof CallFailure) return new Outcome(thrown.hresult, thrown.noInterface ? 'interface' : 'call');
  throw thrown;
}

/** Nobody waits for the result any more. */
export const withdrawn = (): Outcome => new Outcome(hr('E_ABORT'), 'closed');

/*
 * Codes of a broken connection, as native/bits/object.cc has them.
 */

const NOT_EXECUTED: ReadonlySet<number> = new Set([
  0x80010108, // RPC_E_DISCONNECTED
  0x80010012, // RPC_E_SERVER_DIED_DNE
  0x800401fd, // CO_E_OBJNOTCONNECTED
  0x800706ba, // RPC_S_SERVER_UNAVAILABLE
  0x800706bf, // RPC_S_CALL_FAILED_DNE
]);

const DISCONNECTED: ReadonlySet<number> = new Set([
  ...NOT_EXECUTED,
  0x80010007, // RPC_E_SERVER_DIED
  0x80010114, // RPC_E_INVALID_OBJECT
  0x80010113, // RPC_E_INVALID_IPID
  0x80010104, // RPC_E_FAULT
  0x80080008, // CO_E_SERVER_STOPPING
  0x80080005, // CO_E_SERVER_EXEC_FAILURE
  0x80080006, // CO_E_OBJSRV_RPC_FAILURE
  0x800706be, // RPC_S_CALL_FAILED
  0x800706b5, // RPC_S_UNKNOWN_IF
  0x8007071c, // RPC_S_COMM_FAILURE
  0x80070776, // OR_INVALID_OXID
  0x80070777, // OR_INVALID_OID
  0x8007045b, // ERROR_SHUTDOWN_IN_PROGRESS
]);

export const isDisconnected = (hresult: number): boolean => DISCONNECTED.has(hresult);
export const isCertainlyNotExecuted = (hresult: number): boolean => NOT_EXECUTED.has(hresult);
