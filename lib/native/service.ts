import type { NativeAddon } from '../contract/addon';
import { HOST } from '../host';
import type { Host } from '../host';
import { loadAddon } from './load';

/** How a process reaches BITS: through an addon, and with a clock and a file system. */
export interface Service {
  readonly addon: NativeAddon;
  readonly host: Host;
}

/** The last is in use; none: the native addon. */
const replacements: (() => Service)[] = [];

/**
 * Replaces what this copy of the library reaches, for `windows-bits/testing`. Returns a function that takes it back.
 * @internal
 */
export function useService(service: () => Service): () => void {
  replacements.push(service);
  return () => {
    const at = replacements.indexOf(service);
    if (at >= 0) replacements.splice(at, 1);
  };
}

/** The service that is in use. Throws as `loadAddon()` does. */
export function currentService(binary?: string): Service {
  return replacements.at(-1)?.() ?? { addon: loadAddon(binary), host: HOST };
}

/** Its host, for which nothing is loaded. */
export function currentHost(): Host {
  return replacements.at(-1)?.().host ?? HOST;
}
