import { checkOptions, checkText, quoted, wrongValue } from './arguments/checks';
import { checkMilliseconds } from './arguments/time';
import { Connection } from './bits/connection';
import type { NativeAddon } from './contract/addon';
import type { Caller } from './download/caller';
import type { DownloadOptions, DownloadProgress, DownloadResult } from './download/options';
import { download as startDownload } from './download/download';
import { checkDownloadOptions } from './download/request';
import type { DownloadRequest } from './download/request';
import { calledFrom } from './errors';
import { atEdge } from './errors/api_boundary';
import { HOST } from './host';
import type { Host } from './host';
import { BitsManager } from './manager';
import { isFullPath, loadAddon } from './native/load';
import { DEFAULT_LIMITS } from './util/limits';
import type { ConnectionLimits } from './util/limits';

/** How long a connection for one download waits when it is closed, in milliseconds. */
const BRIEFLY = 250;

/** How to connect. */
export interface ConnectOptions {
  /**
   * Full path of another native binary than the package's own, of the same version. Where this is absent, the
   * environment variable WINDOWS_BITS_BINARY counts: a full path on a drive, ignored, with a warning, in elevated processes.
   */
  readonly binary?: string | undefined;
  /**
   * How long the service may leave a call unanswered, or be out of reach, in milliseconds, Infinity for no limit:
   * default 60000. Then the call rejects with BitsUnavailableError (`BITS_NO_ANSWER`); calls that need longer, such as
   * adding a file on a share that is slow to answer, need a higher limit. Less than a second counts as one second for a
   * single call. Waiting, watching, downloading and uploading have an option of the same name, which goes before it.
   */
  readonly serviceTimeout?: number | undefined;
  /** How long `close()` waits for what is under way, in milliseconds, Infinity for no limit. Default 10000. */
  readonly closeTimeout?: number | undefined;
}

/**
 * Connects to the BITS service, which starts if need be.
 *
 * Rejects with BitsPlatformError off Windows, BitsLoadError when the native binary cannot be loaded, and
 * BitsUnavailableError when the service is disabled, missing, cannot be reached or does not answer.
 * @see https://learn.microsoft.com/windows/win32/bits/connecting-to-the-bits-service
 */
export function connect(options: ConnectOptions = {}): Promise<BitsManager> {
  return atEdge(async () => {
    const { binary, ...limits } = checkOptions(options, 'options', ['binary', 'serviceTimeout', 'closeTimeout']);
    const file = binary === undefined ? undefined : checkBinary(binary);
    const checked = checkConnectionLimits(limits);
    return connectTo(loadAddon(file), { limits: checked });
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

/** How to reach a service by an addon that is there already. */
export interface ServiceOptions {
  readonly limits?: Partial<ConnectionLimits> | undefined;
  /** Time and disk. Default: this computer's. */
  readonly host?: Host | undefined;
  /** Another class than BITS' own, and the COM context it runs in. */
  readonly clsid?: string | undefined;
  readonly context?: number | undefined;
}

/** The one way to a manager: every service that answers for BITS is reached by an addon. @internal */
export async function connectTo(addon: NativeAddon, options: ServiceOptions = {}): Promise<BitsManager> {
  const { limits, host = HOST, clsid, context } = options;
  const connection = new Connection(addon, host, limits);
  const handle = addon.openManager(clsid, context);
  try {
    await connection.call(() => addon.manager.connect(handle), { action: 'connecting to BITS' });
  } catch (error) {
    addon.releaseManager(handle); // the answer may still come
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
  return calledFrom(() =>
    atEdge(async () => {
      const request = checkDownloadOptions(options); // before anything is loaded
      return startDownload(request, HOST.clock, (work, caller) => withConnection(request, caller, work));
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
  const connecting = connect({ serviceTimeout: Math.min(serviceTimeout, timeout), closeTimeout: BRIEFLY });
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
