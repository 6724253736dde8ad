import { BitsLoadError, BitsPlatformError } from '../errors';
import type { NativeAddon } from './contract';

/* Literal paths, so that bundlers see them, and `require`, since they are loaded at the first call. */
/* eslint-disable @typescript-eslint/no-require-imports */
const BINARIES: Readonly<Record<string, () => NativeAddon>> = {
  x64: () => require('../../prebuilds/win32-x64/windows_bits.node') as NativeAddon,
  ia32: () => require('../../prebuilds/win32-ia32/windows_bits.node') as NativeAddon,
  arm64: () => require('../../prebuilds/win32-arm64/windows_bits.node') as NativeAddon,
};
/* eslint-enable @typescript-eslint/no-require-imports */

/**
 * The native addon, loaded at the first call: requiring the package works on every system.
 * Throws BitsPlatformError where there is no BITS, BitsLoadError where the binary cannot be loaded.
 */
export function loadAddon(): NativeAddon {
  if (process.platform !== 'win32') throw new BitsPlatformError(process.platform);
  const name = `prebuilds/win32-${process.arch}/windows_bits.node`;
  const load = BINARIES[process.arch];
  if (load === undefined) throw new BitsLoadError(`there is no binary for win32-${process.arch}`);
  try {
    return load();
  } catch (cause) {
    const missing = (cause as { code?: unknown }).code === 'MODULE_NOT_FOUND';
    const problem = missing ? `the binary ${name} is missing` : `the binary ${name} cannot be loaded`;
    throw new BitsLoadError(problem, { tried: [name], cause });
  }
}
