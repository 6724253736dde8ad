import {
  checkArray,
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkRecord,
  checkText,
  checkUint32,
  wrongType,
  wrongValue,
} from '../../arguments/checks';
import { checkHeaders, TOKEN } from '../../arguments/headers';
import type { KnownCode } from '../../errors/codes';
import { milliseconds } from '../controls/units';
import type { Duration } from '../controls/units';
import { checkFailure } from '../hresult';

/*
 * The settings of `sim.serve()`, and their checks. A setting that is misspelt or of the wrong form would make a
 * server answer something else than the test says, so each is checked before there is a server.
 */

const BREAKS = ['reset', 'close', 'stall', 'loseAnswer'] as const;

/** Something that happens to a scripted server once it has sent enough. */
export interface ScriptStep {
  /** Bytes of bodies that are sent or uploaded after the step before was over, and before this one begins. Default: 0. */
  readonly after?: number;
  /**
   * 'reset': the connection breaks. 'close': the server closes it. 'stall': nothing comes any more. 'loseAnswer': what
   * was asked is done, but the connection breaks before the answer. A status (200 to 599; `retryAfter` in seconds): the
   * next request is answered with it. An HRESULT or its name: the request fails so. A change: these settings are other
   * ones from then on.
   */
  readonly then:
    | (typeof BREAKS)[number]
    | { readonly status: number; readonly retryAfter?: number }
    | { readonly hresult: number | KnownCode }
    | { readonly change: ChangedSettings };
  /** How many times it happens in a row, once for each request. Default: 1. */
  readonly times?: number;
}

/** Settings that a script changes. */
export type ChangedSettings = Omit<ServerSettings, 'script'>;

const PROBLEMS = ['name', 'date', 'authority', 'usage', 'revoked', 'revocationUnknown'] as const;
export type CertificateProblem = (typeof PROBLEMS)[number];

const SCHEMES = ['basic', 'digest', 'ntlm', 'negotiate', 'passport'] as const;

/** Whom a scripted server lets in. */
export interface ServerAuth {
  /** 'basic' is as in the world; the others are simulated. */
  readonly scheme: (typeof SCHEMES)[number];
  readonly userName: string;
  /** Absent: the log-on of the user is enough, which NTLM and Negotiate can prove. */
  readonly password?: string;
  /** A proxy in front of the server asks, with 407. */
  readonly proxy?: boolean;
}

/** Settings of a scripted server. Its file is one of `body`, `bytes` and `size`; without any of them it is empty. */
export interface ServerSettings {
  /** The file: a text, which is sent as UTF-8, or bytes. */
  readonly body?: string | Uint8Array;
  /** The bytes of the file, in base64. */
  readonly bytes?: string;
  /** The size in bytes of a file whose bytes are computed, which takes no memory. */
  readonly size?: number;
  /** Other seeds give other bytes. Default: 0. */
  readonly seed?: number;
  /** Whether it answers ranges. Default: true. */
  readonly ranges?: boolean;
  /** Whether it answers HEAD, instead of with 405. Default: true. */
  readonly head?: boolean;
  /** Whether it says how long the file is. Default: true. */
  readonly length?: boolean;
  /** Null: none. Default: made of size and seed. */
  readonly etag?: string | null;
  /** Last-Modified as HTTP writes it; null: none. Default: a fixed date. */
  readonly modified?: string | null;
  /** The status of all answers, 200 to 599. Default: 200 and 206. */
  readonly status?: number;
  /** Seconds, in the header Retry-After. */
  readonly retryAfter?: number;
  /** Further headers of answers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where requests are redirected to; `status` says how, 302 by default. */
  readonly redirect?: string;
  readonly auth?: ServerAuth;
  /** How long it takes to answer, besides the network's time: milliseconds, or a text like '1s'. */
  readonly latency?: Duration;
  /** Methods besides HEAD and GET that give the file. */
  readonly methods?: readonly string[];
  /** What is wrong with the certificate of an https server. */
  readonly certificateProblem?: CertificateProblem;
  /** The certificate, in base64. */
  readonly certificate?: string;
  /** Whether it asks for a client certificate, required or not: without one the request fails. */
  readonly clientCertificate?: boolean;
  /** It takes uploads by the BITS upload protocol. What was uploaded is the file that it answers with from then on. */
  readonly upload?: boolean;
  /** The body of the reply to an upload-reply job. */
  readonly reply?: string;
  readonly script?: readonly ScriptStep[];
}

/** A step as a scripted server keeps it. */
export interface StoredStep extends Omit<ScriptStep, 'then'> {
  readonly then:
    | Extract<ScriptStep['then'], string | { readonly status: number }>
    | { readonly hresult: number }
    | { readonly change: StoredSettings };
}

/** Settings as a scripted server keeps them: plain data for JSON. */
export interface StoredSettings extends Omit<ServerSettings, 'body' | 'latency' | 'script'> {
  readonly body?: string;
  /** Milliseconds. */
  readonly latency?: number;
  readonly script?: readonly StoredStep[];
}

type Check = (value: unknown, argument: string) => unknown;

/** The settings that say what the file is. */
export const FILE_SETTINGS = ['body', 'bytes', 'size'] as const;

const SETTINGS: Readonly<Record<keyof ServerSettings, Check>> = {
  body: checkBody,
  bytes: checkBase64,
  size: (value, argument) => checkInteger(value, argument),
  seed: (value, argument) => checkUint32(value, argument),
  ranges: checkBoolean,
  head: checkBoolean,
  length: checkBoolean,
  etag: (value, argument) => (value === null ? null : checkLine(value, argument)),
  modified: (value, argument) => (value === null ? null : checkLine(value, argument)),
  status: checkStatus,
  retryAfter: (value, argument) => checkInteger(value, argument),
  headers: (value, argument) => Object.fromEntries(checkHeaders(checkRecord(value, argument), argument)),
  redirect: checkLine,
  auth: checkAuth,
  latency: checkDuration,
  methods: (value, argument) => checkArray(value, argument, checkMethod),
  certificateProblem: (value, argument) => checkOneOf(value, argument, PROBLEMS),
  certificate: checkBase64,
  clientCertificate: checkBoolean,
  upload: checkBoolean,
  reply: checkString,
  script: (value, argument) => checkArray(value, argument, checkStep),
};

const CHANGEABLE: Readonly<Record<string, Check>> = Object.fromEntries(
  Object.entries(SETTINGS).filter(([name]) => name !== 'script'),
);

/** Checks settings and returns them as plain data. Throws TypeError or RangeError, which name the setting. */
export function checkServerSettings(value: unknown, argument: string): StoredSettings {
  return checkFile(checkEach(value, argument, SETTINGS), argument);
}

/** What is given of an options object, each by its check. */
function checkEach(value: unknown, argument: string, checks: Readonly<Record<string, Check>>): object {
  const given = checkOptions(value, argument, Object.keys(checks));
  return Object.fromEntries(
    Object.entries(checks)
      .filter(([name]) => given[name] !== undefined)
      .map(([name, check]) => [name, check(given[name], `${argument}.${name}`)]),
  );
}

/** Bytes are kept in base64. */
function checkFile(
  { body, ...settings }: Omit<ServerSettings, 'latency' | 'script'>,
  argument: string,
): StoredSettings {
  const given = FILE_SETTINGS.filter((name) => (name === 'body' ? body : settings[name]) !== undefined);
  if (given.length > 1) throw wrongValue(argument, "have one of 'body', 'bytes' and 'size'", given.join(' and '));
  if (body === undefined) return settings;
  return typeof body === 'string'
    ? { ...settings, body }
    : { ...settings, bytes: Buffer.from(body).toString('base64') };
}

function checkBody(value: unknown, argument: string): string | Uint8Array {
  return value instanceof Uint8Array ? value : checkString(value, argument, 'a string or an Uint8Array');
}

function checkString(value: unknown, argument: string, expected = 'a string'): string {
  if (typeof value !== 'string') throw wrongType(argument, expected, value);
  return value;
}

function checkBase64(value: unknown, argument: string): string {
  const text = checkString(value, argument);
  if (Buffer.from(text, 'base64').toString('base64') !== text) throw wrongValue(argument, 'be base64');
  return text;
}

/** The value of a header. */
function checkLine(value: unknown, argument: string): string {
  const text = checkText(value, argument);
  if (/[\r\n]/.test(text)) throw wrongValue(argument, 'not contain line breaks');
  return text;
}

function checkStatus(value: unknown, argument: string): number {
  return checkInteger(value, argument, { min: 200, max: 599 });
}

function checkDuration(value: unknown, argument: string): number {
  return milliseconds(value, argument);
}

function checkMethod(value: unknown, argument: string): string {
  const method = checkString(value, argument);
  if (!TOKEN.test(method)) throw wrongValue(argument, 'be a method of HTTP');
  return method;
}

function checkAuth(value: unknown, argument: string): object {
  const auth = checkEach(value, argument, {
    scheme: (given, name) => checkOneOf(given, name, SCHEMES),
    userName: (given, name) => checkText(given, name),
    password: (given, name) => checkText(given, name),
    proxy: checkBoolean,
  });
  return checkPresent(auth, argument, ['scheme', 'userName']);
}

function checkStep(value: unknown, argument: string): object {
  const step = checkEach(checkRecord(value, argument), argument, {
    after: (given, name) => checkInteger(given, name),
    then: checkThen,
    times: (given, name) => checkInteger(given, name, { min: 1 }),
  });
  return checkPresent(step, argument, ['then']);
}

/** What an event of a script can be besides a word, by the name that it must have. */
const EVENTS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  status: { status: checkStatus, retryAfter: (value, argument) => checkInteger(value, argument) },
  hresult: { hresult: checkFailure },
  change: { change: checkChange },
};

function checkThen(value: unknown, argument: string): unknown {
  if (typeof value === 'string') return checkOneOf(value, argument, BREAKS);
  const record = checkRecord(value, argument);
  const [kind, checks] = Object.entries(EVENTS).find(([name]) => Object.hasOwn(record, name)) ?? [];
  if (kind === undefined || checks === undefined)
    throw wrongValue(argument, "have one of 'status', 'hresult' and 'change'");
  return checkPresent(checkEach(record, argument, checks), argument, [kind]);
}

function checkChange(value: unknown, argument: string): StoredSettings {
  return checkFile(checkEach(checkRecord(value, argument), argument, CHANGEABLE), argument);
}

function checkPresent(given: object, argument: string, names: readonly string[]): object {
  const missing = names.find((name) => !Object.hasOwn(given, name));
  if (missing !== undefined) throw wrongValue(`${argument}.${missing}`, 'be given');
  return given;
}
