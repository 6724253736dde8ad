import type { Computer } from '../computer/computer';
import { fail, need } from './failure';
import { FALSE, methodsOf, OK } from './methods';
import type { Call } from './methods';
import { isAdministrator } from './rights';
import { isAtLeast } from './versions';

/*
 * The peer cache. Microsoft: IBitsPeerCacheAdministration. "This interface is deprecated in BITS 4.0, and all of the API
 * methods will return S_FALSE": numbers are then 0 and lists empty. In BITS 3.0 a simulated computer keeps its settings,
 * and has neither peers nor records.
 */

/** Percent of the disk. */
const MAX_SIZE = 80;
/** Seconds: a day, and 120 of them. */
const LEAST_AGE = 86_400;
const MAX_AGE = 10_368_000;
/** BG_ENABLE_PEERCACHING_CLIENT and _SERVER. */
const FLAGS = 0x3;

const isGone = ({ state }: Computer) => isAtLeast(state, '4.0');

/** What a setter does where there is a peer cache. */
function change({ computer, client }: Call<null>, isValid: boolean, work: () => void): number {
  if (isGone(computer)) return FALSE;
  need(isAdministrator(computer, client.identity), 'E_ACCESSDENIED');
  need(isValid, 'E_INVALIDARG');
  work();
  return OK;
}

const nothingToClear = (call: Call<null>) => change(call, true, () => undefined);

export const PEER_CACHE = methodsOf('peerCache', 'IBitsPeerCacheAdministration', {
  getMaximumCacheSize: ({ computer }) => (isGone(computer) ? 0 : computer.state.peerCache.maximumSize),
  setMaximumCacheSize: (call, value) =>
    change(call, value <= MAX_SIZE, () => {
      call.computer.state.peerCache.maximumSize = value;
    }),
  getMaximumContentAge: ({ computer }) => (isGone(computer) ? 0 : computer.state.peerCache.maximumAge),
  setMaximumContentAge: (call, seconds) =>
    change(call, seconds >= LEAST_AGE && seconds <= MAX_AGE, () => {
      call.computer.state.peerCache.maximumAge = seconds;
    }),
  getConfigurationFlags: ({ computer }) => (isGone(computer) ? 0 : computer.state.peerCache.flags),
  setConfigurationFlags: (call, flags) =>
    change(call, (flags & ~FLAGS) === 0, () => {
      call.computer.state.peerCache.flags = flags;
    }),
  enumRecords: () => [],
  // No page says what is answered for a record that is not there.
  getRecord: () => fail('BG_E_NOT_FOUND'),
  clearRecords: nothingToClear,
  deleteRecord: (call) => (isGone(call.computer) ? FALSE : fail('BG_E_NOT_FOUND')),
  deleteUrl: () => FALSE,
  enumPeers: () => [],
  clearPeers: nothingToClear,
  discoverPeers: nothingToClear,
});

/** Peers and records are on other computers' behalf: there are none, and so no handle with which to call these. */
const none = (): never => fail('E_UNEXPECTED');

export const RECORD = methodsOf('record', 'IBitsPeerCacheRecord', {
  getId: none,
  getOriginUrl: none,
  getFileSize: none,
  getFileModificationTime: none,
  getLastAccessTime: none,
  isFileValidated: none,
  getFileRanges: none,
});

export const PEER = methodsOf('peer', 'IBitsPeer', {
  getPeerName: none,
  isAuthenticated: none,
  isAvailable: none,
});
