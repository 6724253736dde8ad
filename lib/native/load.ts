import path from 'node:path';
import { BitsLoadError, BitsPlatformError } from '../errors';
import type { NativeAddon } from '../contract/addon';
import { diagnose } from './diagnosis';

/** The Node-API version that the binary is compiled for; the same as in binding.gyp. */
const NODE_API = 9;

/** The environment variable that names another binary. */
const OVERRIDE = 'WINDOWS_BITS_BINARY';

/** What loading depends on. Tests replace it. */
export interface LoaderProcess {
  readonly platform: string;
  readonly arch: string;
  /** process.versions.napi */
  readonly nodeApi: string | undefined;
  readonly override: string | undefined;
  /** The folder with one binary for each CPU. */
  readonly prebuilds: string;
  /** Version of the package. */
  readonly version: () => string;
  readonly warn: (message: string) => void;
  readonly requireBinary: (arch: string) => Attempt | undefined;
  readonly open: (file: string) => Attempt;
}

export type Attempt = { readonly addon: NativeAddon } | { readonly cause: unknown };

/* `require`, because binaries are loaded at the first call, not with the package. */
/* eslint-disable @typescript-eslint/no-require-imports */

/**
 * Loads the package's own binary for a CPU; undefined when it has none. The paths are literals so that bundlers find
 * them, and inside a `try` so that bundlers accept it when some of the files have been removed to save space.
 */
function requireBinary(arch: string): Attempt | undefined {
  try {
    switch (arch) {
      case 'x64':
        return { addon: require('../../prebuilds/win32-x64/windows_bits.node') as NativeAddon };
      case 'ia32':
        return { addon: require('../../prebuilds/win32-ia32/windows_bits.node') as NativeAddon };
      case 'arm64':
        return { addon: require('../../prebuilds/win32-arm64/windows_bits.node') as NativeAddon };
      default:
        return undefined;
    }
  } catch (cause) {
    return { cause };
  }
}

const packageVersion = () => (require('../../package.json') as { readonly version: string }).version;
/* eslint-enable @typescript-eslint/no-require-imports */

/** Opens a binary named by the user. Not with `require`, which runs any kind of file and makes bundlers complain. */
function open(file: string): Attempt {
  const holder = { exports: {} };
  try {
    process.dlopen(holder, file);
    return { addon: holder.exports as NativeAddon };
  } catch (cause) {
    return { cause };
  }
}

/** This process. */
export const thisProcess = (): LoaderProcess => ({
  platform: process.platform,
  arch: process.arch,
  nodeApi: process.versions['napi'],
  override: process.env[OVERRIDE],
  prebuilds: path.join(__dirname, '..', '..', 'prebuilds'),
  version: packageVersion,
  warn: (message) => {
    process.emitWarning(message, { code: 'BITS_BINARY_IGNORED' });
  },
  requireBinary,
  open,
});

/** Whether a path does not depend on the current folder and drive: `C:\…` or `\\server\share\…`. */
export const isFullPath = (file: string): boolean => /^(?:[a-z]:[\\/]|\\\\[^\\])/i.test(file);

/** Whether a path is a full path on a drive, not on another computer in whatever notation. */
const isOnDrive = (file: string): boolean => /^[a-z]:[\\/]/i.test(file);

/**
 * Loads the native addon. Exactly one binary is used: the one named by `binary`, or else by the environment, or else
 * the package's own. Other folders are never searched: a search could find a planted file, or hide that the right one
 * failed.
 *
 * Elevated processes ignore the environment variable. Only native code can tell whether a process is elevated, and that
 * must not be a file of unknown origin: if the environment names one, the package's own is loaded first to find out.
 *
 * Throws BitsPlatformError on other systems than Windows, and BitsLoadError when the binary cannot be loaded.
 */
export function loadFor(host: LoaderProcess, binary?: string): NativeAddon {
  const { platform } = host;
  if (platform !== 'win32') throw new BitsPlatformError(platform);
  if (!(Number(host.nodeApi) >= NODE_API)) {
    throw new BitsLoadError(`Node-API ${NODE_API} is needed, and this host has ${host.nodeApi ?? 'none'}`, {
      reason: 'oldHost',
      advice: 'Use Node.js 20 or later, or an Electron version that is built on it.',
    });
  }

  if (binary !== undefined) return loadNamed(host, binary);
  const own = loadOwn(host);
  if (host.override === undefined || host.override === '') return own;
  if (own.systemInfo().elevated) {
    host.warn(
      `${OVERRIDE} is ignored, because this process is elevated; connect({ binary }) names another binary there`,
    );
    return own;
  }
  if (!isOnDrive(host.override)) {
    throw new BitsLoadError(`the environment variable ${OVERRIDE} does not hold a full path on a drive`, {
      reason: 'badPath',
      advice: `Set ${OVERRIDE} to a full path (C:\\…\\windows_bits.node), or remove it.`,
    });
  }
  return loadNamed(host, host.override);
}

function loadOwn(host: LoaderProcess): NativeAddon {
  const file = path.join(host.prebuilds, `win32-${host.arch}`, 'windows_bits.node');
  const attempt = host.requireBinary(host.arch);
  if (attempt === undefined) {
    throw new BitsLoadError(`there is no binary for win32-${host.arch}`, {
      reason: 'noBinary',
      advice: 'Use Node.js or Electron for x64, ia32 or arm64.',
    });
  }
  return loadedAddon(attempt, file, host);
}

function loadNamed(host: LoaderProcess, file: string): NativeAddon {
  return loadedAddon(host.open(file), file, host);
}

function loadedAddon(attempt: Attempt, file: string, host: LoaderProcess): NativeAddon {
  if ('cause' in attempt) throw diagnose(file, attempt.cause, host);
  requireVersion(attempt.addon, file, host.version());
  return attempt.addon;
}

/** Requires the binary to be of this version: another version may have different methods. */
function requireVersion(addon: NativeAddon, file: string, version: string): void {
  const found: unknown = (addon as Partial<NativeAddon> | null)?.version;
  if (found === version) return;
  const problem = typeof found === 'string' ? `is of version ${found}` : 'does not report its version';
  throw new BitsLoadError(`the binary ${file} ${problem}, and the package is version ${version}`, {
    reason: 'otherVersion',
    tried: [file],
    advice:
      'Install the package again, or build the application again from an empty folder; a binary of your own must ' +
      'be built from the same version.',
  });
}

const loaded = new Map<string | undefined, NativeAddon>();

/** The native addon. Loaded at the first call, so that requiring the package works on every system. */
export function loadAddon(binary?: string): NativeAddon {
  let addon = loaded.get(binary);
  if (addon === undefined) {
    addon = loadFor(thisProcess(), binary);
    loaded.set(binary, addon);
  }
  return addon;
}
