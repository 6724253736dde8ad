import { loadAddon } from '../../lib/native/load';

/** Whether there is a service: elsewhere than on Windows it is a simulated one, of which Windows' answers are expected. */
export const isReal = process.platform === 'win32';

/** Is the service that is there Wine's? */
export const isWine = (): boolean => isReal && loadAddon().systemInfo().wine !== null;

/**
 * What is to be expected of the service that is there, where Windows' own and Wine's differ. Tests say that as data, in
 * both columns, so that none of them runs one way on Windows and another way under Wine.
 */
export function expectedOn<T>({ windows, wine }: { readonly windows: T; readonly wine: T }): T {
  return isWine() ? wine : windows;
}

/** Milliseconds of a test's own, of which Windows needs more than the others: its service is slow to look again. */
export function milliseconds({ windows, others }: { readonly windows: number; readonly others: number }): number {
  return isReal && !isWine() ? windows : others;
}
