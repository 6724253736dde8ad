import { checkBoolean, checkGuid, checkInteger, checkUint32, wrongValue } from '../../arguments/checks';
import {
  AUTH_TARGET,
  COST_FLAGS,
  decode,
  decodeFlags,
  encode,
  encodeFlags,
  TRANSFER_POLICY,
} from '../../contract/enums';
import type { AuthTarget, CostFlag, JobProperty, TransferPolicy, UnknownBits, UnknownWord } from '../../contract/enums';

/*
 * Job properties. The value of each is one member of a 16-byte union, BITS_JOB_PROPERTY_VALUE; the property's id says
 * which one. The addon passes the bytes on unchanged, so this table is the only place that knows.
 */

/**
 * What each property can be set to.
 * @see https://learn.microsoft.com/windows/win32/api/bits5_0/ne-bits5_0-bits_job_property_id
 */
export interface JobPropertyInput {
  /** The network costs at which to transfer: a policy, or a set of cost states. At any time. BITS 5.0. */
  readonly costFlags: TransferPolicy | readonly (CostFlag | UnknownBits)[];
  /**
   * CLSID of an out-of-process COM server that BITS starts for notifications; `null` clears it. At any time. BITS 5.0.
   */
  readonly notificationClsid: string | null;
  /** For content whose size the server does not announce. Downloads, before the first resume. BITS 5.0. */
  readonly dynamicContent: boolean;
  /** For many small files; progress is not saved. Downloads, before the first file is added. BITS 5.0. */
  readonly highPerformance: boolean;
  /** Largest size in bytes, 1 or more. Downloads, before the first resume. BITS 5.0. */
  readonly maxDownloadSize: number;
  /** BITS accepts `'proxy'` only. BITS 5.0. */
  readonly useStoredCredentials: 'proxy';
  /** Shortest time between two callbacks in milliseconds, 0 to 4294967295; default 500. At any time. BITS 10.1. */
  readonly minimumNotificationIntervalMs: number;
  /** Download only the ranges requested with `file.requestFileRanges()`. Downloads. BITS 10.1. */
  readonly onDemandMode: boolean;
}

/** The type of each property when it is read. */
export interface JobPropertyValue {
  readonly costFlags: TransferPolicy | readonly (CostFlag | UnknownBits)[];
  readonly notificationClsid: string | null;
  readonly dynamicContent: boolean;
  readonly highPerformance: boolean;
  /** Bytes; `null` when there is no limit. */
  readonly maxDownloadSize: number | null;
  readonly useStoredCredentials: AuthTarget | UnknownWord;
  readonly minimumNotificationIntervalMs: number;
  readonly onDemandMode: boolean;
}

interface Member<Input, Value> {
  readonly write: (view: DataView, value: unknown, argument: string) => void;
  readonly read: (view: DataView) => Value;
  /** Exists for type inference only. */
  readonly input?: Input;
}

const dword: Member<number, number> = {
  write: (view, value, argument) => {
    view.setUint32(0, checkUint32(value, argument), true);
  },
  read: (view) => view.getUint32(0, true),
};

const enable: Member<boolean, boolean> = {
  write: (view, value, argument) => {
    view.setUint32(0, checkBoolean(value, argument) ? 1 : 0, true);
  },
  read: (view) => view.getUint32(0, true) !== 0,
};

const costs: Member<JobPropertyInput['costFlags'], JobPropertyValue['costFlags']> = {
  write: (view, value, argument) => {
    const flags =
      typeof value === 'string' ? encode(TRANSFER_POLICY, argument, value) : encodeFlags(COST_FLAGS, argument, value);
    view.setUint32(0, flags, true);
  },
  read: (view) => {
    const flags = view.getUint32(0, true);
    const policy = decode(TRANSFER_POLICY, flags);
    return policy.startsWith('unknown:') ? decodeFlags(COST_FLAGS, flags) : (policy as TransferPolicy);
  },
};

const UNKNOWN_SIZE = 0xffff_ffff_ffff_ffffn;

const size: Member<number, number | null> = {
  write: (view, value, argument) => {
    view.setBigUint64(0, BigInt(checkInteger(value, argument, { min: 1 })), true);
  },
  read: (view) => {
    const bytes = view.getBigUint64(0, true);
    return bytes === UNKNOWN_SIZE ? null : Number(bytes);
  },
};

const target: Member<'proxy', AuthTarget | UnknownWord> = {
  write: (view, value, argument) => {
    const number = encode(AUTH_TARGET, argument, value);
    if (number !== AUTH_TARGET.values.proxy) throw wrongValue(argument, "be 'proxy'");
    view.setUint32(0, number, true);
  },
  read: (view) => decode(AUTH_TARGET, view.getUint32(0, true)),
};

const NO_CLASS = '{00000000-0000-0000-0000-000000000000}';

/** A GUID is stored as a 32-bit number, two 16-bit numbers and eight bytes. */
const guid: Member<string | null, string | null> = {
  write: (view, value, argument) => {
    const digits = checkGuid(value === null ? NO_CLASS : value, argument).replace(/[{}-]/g, '');
    const number = (from: number, length: number) => Number.parseInt(digits.slice(from, from + length), 16);
    view.setUint32(0, number(0, 8), true);
    view.setUint16(4, number(8, 4), true);
    view.setUint16(6, number(12, 4), true);
    for (let i = 0; i < 8; i++) view.setUint8(8 + i, number(16 + 2 * i, 2));
  },
  read: (view) => {
    const hex = (number: number, length: number) => number.toString(16).padStart(length, '0');
    const bytes = Array.from({ length: 8 }, (_, i) => hex(view.getUint8(8 + i), 2));
    const parts = [
      hex(view.getUint32(0, true), 8),
      hex(view.getUint16(4, true), 4),
      hex(view.getUint16(6, true), 4),
      bytes.slice(0, 2).join(''),
      bytes.slice(2).join(''),
    ];
    const text = `{${parts.join('-')}}`;
    return text === NO_CLASS ? null : text;
  },
};

const MEMBERS: { readonly [P in JobProperty]: Member<JobPropertyInput[P], JobPropertyValue[P]> } = {
  costFlags: costs,
  notificationClsid: guid,
  dynamicContent: enable,
  highPerformance: enable,
  maxDownloadSize: size,
  useStoredCredentials: target,
  minimumNotificationIntervalMs: dword,
  onDemandMode: enable,
};

/** Checks a value and returns it as the bytes of the union. */
export function propertyToBytes(property: JobProperty, value: unknown, argument: string): Uint8Array {
  const bytes = new Uint8Array(16);
  MEMBERS[property].write(new DataView(bytes.buffer), value, argument);
  return bytes;
}

export function propertyFromBytes<P extends JobProperty>(property: P, bytes: Uint8Array): JobPropertyValue[P] {
  return MEMBERS[property].read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
