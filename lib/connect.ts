import { checkOptions, checkText, quoted, wrongValue } from './arguments/checks';
import { checkMilliseconds } from './arguments/time';
import { Connection } from './bits/connection';
import type { NativeAddon } from './contract/addon';
import type { Caller } from './download/caller';
import type { DownloadOptions, DownloadProgress, DownloadResult } from './download/options';
import { download as startDownload } from './download/download';
import { checkDownloadOptions } from './download/request';
import type { DownloadRequest } from './download/request';
import { withCallerStack } from './errors';
import { atApiBoundary } from './errors/api_boundary';
import { HOST } from './host';
import type { Host } from './host';
import { BitsManager } from './manager';
import { isFullPath } from './native/load';
import { currentHost, currentService } from './native/service';
import type { Service } from './native/service';
import { DEFAULT_LIMITS } from './util/limits';
import type { ConnectionLimits } from './util/limits';

/** How long closing the connection of a single download waits for calls under way, in milliseconds. */
const DOWNLOAD_CLOSE_TIMEOUT = 250;

/** How to connect. */
export interface ConnectOptions {
  /**
   * Full path of a native binary to use instead of the package's own; its version must be the same. Default: the
   * environment variable WINDOWS_BITS_BINARY, a full path on a drive, which elevated processes ignore with a warning.
   */
  readonly binary?: string | undefined;
  /**
   * How long the service may leave a call unanswered or be unreachable, in milliseconds: 0 to 2147483647, or Infinity
   * for no limit. Default 60000. After that the call rejects with BitsUnavailableError (`BITS_NO_ANSWER`). A single
   * call is given at least one second. Calls that can take longer, such as adding a file on a slow share, need a higher
   * limit. `wait()`, `watch()`, `download()` and `upload()` have an option of the same name, which takes precedence.
   */
  readonly serviceTimeout?: number | undefined;
  /**
   * How long `close()` waits for calls under way, in milliseconds: 0 to 2147483647, or Infinity for no limit. Default
   * 10000.
   */
  readonly closeTimeout?: number | undefined;
}

/**
 * Connects to the BITS service, starting it if necessary.
 *
 * Rejects with TypeError or RangeError for bad options, BitsPlatformError on other systems than Windows, BitsLoadError
 * when the native binary cannot be loaded, and BitsUnavailableError when the service is disabled, missing or
 * unreachable or does not answer.
 *
 * @example
 * const bits = await connect({ serviceTimeout: 30_000 });
 * console.log(await bits.getJobs());
 * await bits.close();
 * @see https://learn.microsoft.com/windows/win32/bits/connecting-to-the-bits-service
 */
export function connect(options: ConnectOptions = {}): Promise<BitsManager> {
  return connectThrough(currentService, options);
}

/** `connect()` over another service. @internal */
export function connectThrough(service: (binary?: string) => Service, options: ConnectOptions): Promise<BitsManager> {
  return atApiBoundary(async () => {
    const { binary, ...limits } = checkOptions(options, 'options', ['binary', 'serviceTimeout', 'closeTimeout']);
    const file = binary === undefined ? undefined : checkBinary(binary);
    const checked = checkConnectionLimits(limits);
    const { addon, host } = service(file);
    return connectTo(addon, { host, limits: checked });
  });
}

function checkConnectionLimits(given: { readonly [limit in keyof ConnectionLimits]?: unknown }): ConnectionLimits {
  const time = (name: keyof ConnectionLimits) =>
    checkMilliseconds(given[name] ?? DEFAULT_LIMITS[name], `options.${name}`);
  return { serviceTimeout: time('serviceTimeout'), closeTimeout: time('closeTimeout') };
}

function checkBinary(value: unknown): string {
  const file = checkText(value, 'options.binary', { allowEmpty: false });
  if (!isFullPath(file)) throw wrongValue('options.binary', 'be a full path', quoted(file));
  return file;
}

/** How to reach a service through an addon that has been loaded. */
export interface ServiceOptions {
  readonly limits?: Partial<ConnectionLimits> | undefined;
  /** Clock and file system. Default: the real ones. */
  readonly host?: Host | undefined;
  /** CLSID of another class than that of BITS, and its COM context. For tests. */
  readonly clsid?: string | undefined;
  readonly context?: number | undefined;
}

/** Creates a manager. Every service is reached through an addon, and every connection is made here. @internal */
export async function connectTo(addon: NativeAddon, options: ServiceOptions = {}): Promise<BitsManager> {
  const { limits, host = HOST, clsid, context } = options;
  const handle = addon.openManager(clsid, context);
  const connection = new Connection(addon, handle, host, limits);
  try {
    await connection.call(() => addon.manager.connect(handle), { action: 'connecting to BITS' });
  } catch (error) {
    addon.releaseManager(handle); // the call may still be answered
    throw error;
  }
  return new BitsManager(connection, handle);
}

/**
 * Downloads one or many files, over a connection of its own. The same as `manager.download()`.
 *
 * @example const { bytes } = await download({ url, path: 'C:\\data\\app.zip', sha256 });
 */
export function download(options: DownloadOptions): Promise<DownloadResult> {
  return withCallerStack(() =>
    atApiBoundary(async () => {
      const request = checkDownloadOptions(options); // before anything is loaded
      return startDownload(request, currentHost().clock, (work, caller) => withConnection(request, caller, work));
    }),
  );
}

/** Connects for the time of some work, for as long as the caller waits. */
async function withConnection<T>(
  { limits }: DownloadRequest,
  caller: Caller<DownloadProgress>,
  work: (bits: BitsManager) => Promise<T>,
): Promise<T> {
  caller.throwIfAborted();
  const { serviceTimeout = DEFAULT_LIMITS.serviceTimeout, timeout } = limits;
  const connecting = connect({
    serviceTimeout: Math.min(serviceTimeout, timeout),
    closeTimeout: DOWNLOAD_CLOSE_TIMEOUT,
  });
  const bits = await caller.resultOfShared(connecting).catch((error: unknown) => {
    connecting.then(
      (late) => late.close(),
      () => undefined,
    );
    throw error;
  });
  try {
    return await work(bits);
  } finally {
    await bits.close();
  }
}
