import {
  BitsAccessError,
  BitsArgumentError,
  BitsError,
  BitsLimitError,
  BitsNotFoundError,
  BitsNotSupportedError,
  BitsStateError,
  BitsUnavailableError,
} from '../../lib';
import type { CodeFamily } from '../../lib';

const CLASSES: Readonly<Partial<Record<CodeFamily, typeof BitsError>>> = {
  state: BitsStateError,
  notFound: BitsNotFoundError,
  access: BitsAccessError,
  limit: BitsLimitError,
  argument: BitsArgumentError,
  notSupported: BitsNotSupportedError,
  unavailable: BitsUnavailableError,
};

/** The class of the error that a call fails with, by the family of its code. */
export function classOf(family: CodeFamily): typeof BitsError {
  return CLASSES[family] ?? BitsError;
}
