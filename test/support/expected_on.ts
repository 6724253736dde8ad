import { loadAddon } from '../../lib/native/load';

/** Is the service that is there Wine's? */
const isWine = (): boolean => loadAddon().systemInfo().wine !== null;

/**
 * What is to be expected of the service that is there, where Windows' own and Wine's differ. Tests say that as data, in
 * both columns, so that none of them runs one way on Windows and another way under Wine.
 */
export function expectedOn<T>({ windows, wine }: { readonly windows: T; readonly wine: T }): T {
  return isWine() ? wine : windows;
}
