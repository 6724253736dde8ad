/*
 * What the types promise, checked by tsc alone (tsc -p test/tsconfig.json); nothing here runs. A line under
 * @ts-expect-error must not compile.
 */
import { BitsStateError, BitsTransferError, BitsUnavailableError, explain, isBitsError } from '../../lib/errors';
import type {
  AnyBitsError,
  BitsError,
  BitsErrorCode,
  BitsErrorOf,
  BitsTimeoutError,
  Explanation,
  FailedFile,
  KnownCode,
  LibraryCode,
  UnavailableReason,
} from '../../lib/errors';

/** Compiles only when both types are the same. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the two functions are what is compared
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(proof: Same<A, B>): void;
declare function use(...values: readonly unknown[]): void;

export function switchNarrows(error: BitsError): string {
  const { code } = error;
  switch (code) {
    case 'BG_E_EMPTY':
      same<typeof code, 'BG_E_EMPTY'>(true);
      return code;
    case 'BG_E_HTTP_ERROR_404':
    case 'ERROR_NOT_LOGGED_ON':
      same<typeof code, 'BG_E_HTTP_ERROR_404' | 'ERROR_NOT_LOGGED_ON'>(true);
      return code;
    case 'BITS_ABORTED':
      same<typeof code, 'BITS_ABORTED'>(true);
      return code;
    case 'HRESULT_0x8020FFFF':
      return code;
    // @ts-expect-error -- a misspelt symbol
    case 'BG_E_EMTPY':
      return code;
    // @ts-expect-error -- the HRESULT is a number, and stands in `hresult`
    case '0x80200003':
      return code;
    default:
      same<Extract<typeof code, 'BG_E_EMPTY'>, never>(true);
      return code;
  }
}

export function switchOnPropertyNarrows(error: BitsError): 'BG_E_EMPTY' | null {
  switch (error.code) {
    case 'BG_E_EMPTY':
      return error.code;
    default:
      return null;
  }
}

export function isAGuard(error: unknown): void {
  // @ts-expect-error -- unknown until it was asked
  use(error.code);
  if (isBitsError(error)) {
    same<typeof error, AnyBitsError>(true);
    same<typeof error.code, BitsErrorCode>(true);
  }
  if (isBitsError(error, 'BG_E_EMPTY')) {
    same<typeof error.code, 'BG_E_EMPTY'>(true);
    const { hresult, advice, retryable } = error;
    same<typeof retryable, boolean>(true);
    use(hresult?.toFixed(), advice?.trim());
  }
  // @ts-expect-error -- a misspelt symbol
  isBitsError(error, 'BG_E_EMTPY');
  // @ts-expect-error -- any text
  isBitsError(error, String(error));
}

export function instanceofNarrows(error: unknown): void {
  if (error instanceof BitsStateError) use(error.state?.trim());
  if (error instanceof BitsUnavailableError) same<typeof error.reason, UnavailableReason>(true);
  if (error instanceof BitsTransferError) same<typeof error.transient, boolean>(true);
  // @ts-expect-error -- only some errors have a reason
  if (error instanceof BitsStateError) use(error.reason);
  if (isBitsError(error)) {
    // @ts-expect-error -- fields cannot be set
    error.code = 'BG_E_EMPTY';
  }
}

/** by its code, an error is of its class, with its fields. */
export function codesNarrowToClasses(error: unknown): unknown {
  if (!isBitsError(error)) return null;
  const base: BitsError = error;
  use(base);
  switch (error.code) {
    case 'BITS_TIMEOUT':
      same<typeof error.timeout, number>(true);
      return error.timeout;
    case 'BITS_ABORTED':
      return [error.left, error.refused];
    case 'BITS_ENDED':
      same<typeof error.state, 'acknowledged' | 'cancelled'>(true);
      return error.state;
    case 'BITS_VERIFICATION':
      return [error.path, error.expected, error.actual];
    case 'BITS_STALLED':
      return error.explanation?.verdict;
    case 'BITS_LOAD':
      return [error.reason, error.tried];
    case 'BITS_NO_ANSWER':
      same<typeof error.reason, UnavailableReason>(true);
      return error.reason;
    case 'BG_E_INVALID_STATE': {
      const state: BitsStateError = error;
      return [state.state, error.state];
    }
    case 'BG_E_HTTP_ERROR_404': {
      // A job failed with it, or (without these fields) a call did.
      same<typeof error.httpStatus, number | undefined>(true);
      same<typeof error.file, FailedFile | undefined>(true);
      return error.url;
    }
    case 'E_NOTIMPL':
      return error.needs?.interface;
    case 'ERROR_SERVICE_DISABLED':
      return error.reason;
    case 'BG_E_NOT_FOUND':
      // @ts-expect-error -- nothing that is not found has a time limit
      return error.timeout;
    default:
      return error.advice;
  }
}

export function guardsNarrowToClasses(error: unknown): void {
  if (isBitsError(error, 'BITS_TIMEOUT')) {
    const timeout: BitsTimeoutError = error;
    use(timeout.timeout, error.timeout.toFixed());
  }
  if (isBitsError(error, 'BG_E_INVALID_STATE')) use(error.state);
  if (isBitsError(error, 'BG_E_HTTP_ERROR_404')) use(error.httpStatus?.toFixed(), error.context);
  if (isBitsError(error, 'HRESULT_0x8020FFFF')) use(error.context, error.reason);
  // @ts-expect-error -- only an abort leaves a job
  if (isBitsError(error, 'BITS_CLOSED')) use(error.left);
}

/** Codes that no class has: there are none. */
type Homeless = { [C in BitsErrorCode]: [BitsErrorOf<C>] extends [never] ? C : never }[BitsErrorCode];
same<Homeless, never>(true);

export function explanations(error: unknown): Explanation {
  const explanation = explain(error);
  same<typeof explanation.code, BitsErrorCode | null>(true);
  // @ts-expect-error -- its fields are read-only
  explanation.known = true;
  // @ts-expect-error -- only HTTP answers have a status
  const status: number = explanation.httpStatus;
  use(status);
  return explanation;
}

same<KnownCode extends BitsErrorCode ? true : false, true>(true);
same<LibraryCode extends BitsErrorCode ? true : false, true>(true);
same<string extends BitsErrorCode ? true : false, false>(true);
// @ts-expect-error -- `same` itself can say no
same<'BG_E_EMPTY', BitsErrorCode>(true);
