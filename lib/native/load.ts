import path from 'node:path';
import { BitsLoadError, BitsPlatformError } from '../errors';
import type { NativeAddon } from '../contract/addon';
import { diagnose } from './diagnosis';

/** Node-API version that the binary is compiled for; binding.gyp has the same number. */
const NODE_API = 9;

/** Environment variable that names another binary. */
const OVERRIDE = 'WINDOWS_BITS_BINARY';

/** The process that loads: what the tests replace. */
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

/* `require`, since binaries are loaded at the first call, not with the package. */
/* eslint-disable @typescript-eslint/no-require-imports */

/**
 * The package's own binary for a CPU; undefined when it has none. The paths are literals, so that bundlers see them, and
 * stand in a `try`, so that bundlers accept when some of the files were removed to save space.
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

/** A binary named by the user. Not `require`, which would run any kind of file, and which bundlers complain about. */
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

/** A file that is the same whatever the current folder and drive: `C:\…` or `\\server\share\…`. */
export const isFullPath = (file: string): boolean => /^(?:[a-z]:[\\/]|\\\\[^\\])/i.test(file);

/** A full path on a drive: not on another computer, whatever the way to write that. */
const isOnDrive = (file: string): boolean => /^[a-z]:[\\/]/i.test(file);

/**
 * Loads the native addon. One binary is used, never a second one: the one that was asked for (by `binary`, else by the
 * environment), else the package's own. There is no search, beside the program or elsewhere, that could find a planted
 * file, or hide the failure of the right one.
 *
 * In an elevated process the environment has no say. Only native code can tell that, and a file of unknown origin is not
 * the one to ask: where the environment names one, the package's own is loaded first, and asked.
 *
 * Throws BitsPlatformError where there is no BITS, BitsLoadError where the binary cannot be loaded.
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

/** A binary of another release has another contract; what it would do is anyone's guess. */
function requireVersion(addon: NativeAddon, file: string, version: string): void {
  const found: unknown = (addon as Partial<NativeAddon> | null)?.version;
  if (found === version) return;
  const problem = typeof found === 'string' ? `is of version ${found}` : 'does not tell its version';
  throw new BitsLoadError(`the binary ${file} ${problem}, and the package is version ${version}`, {
    reason: 'otherVersion',
    tried: [file],
    advice:
      'Install the package again, or build the application again from an empty folder; a binary of your own must ' +
      'be built from the same version.',
  });
}

const loaded = new Map<string | undefined, NativeAddon>();

/** The native addon, loaded at the first call: requiring the package works on every system. */
export function loadAddon(binary?: string): NativeAddon {
  let addon = loaded.get(binary);
  if (addon === undefined) {
    addon = loadFor(thisProcess(), binary);
    loaded.set(binary, addon);
  }
  return addon;
}
