import { ComObject, guardComObject } from './com_object';
import { checkGuid, checkUint32 } from '../arguments/checks';
import { checkUrl } from '../arguments/urls_and_paths';
import type { Connection } from './connection';
import { decodeFlags, encodeFlags, PEER_CACHE_FLAGS } from '../contract/enums';
import type { PeerCacheFlag, UnknownBits } from '../contract/enums';
import { codeOf } from '../errors';
import type { ManagerHandle, PeerHandle, RecordHandle } from '../contract/addon';
import { toRanges } from './ranges';
import type { FileRange } from './ranges';

/**
 * The cache that the computers of a network shared in BITS 3.0 (Windows Vista). On later versions, which use
 * BranchCache, the methods reject with BitsNotSupportedError. For administrators.
 * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nn-bits3_0-ibitspeercacheadministration
 */
export class BitsPeerCache extends ComObject<'peerCache'> {
  /** @internal Use `manager.peerCache`. */
  constructor(connection: Connection, handle: ManagerHandle) {
    super(connection, 'peerCache', handle);
  }

  /**
   * Largest size of the cache, as a percentage of the volume.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-getmaximumcachesize
   */
  async getMaximumCacheSize(): Promise<number> {
    return this.call('getMaximumCacheSize');
  }

  /**
   * @param percent percentage of the volume, 0 to 80; default 1
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-setmaximumcachesize
   */
  async setMaximumCacheSize(percent: number): Promise<void> {
    await this.call('setMaximumCacheSize', checkUint32(percent, 'percent', { max: 80 }));
  }

  /**
   * Greatest age of a cached file in seconds.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-getmaximumcontentage
   */
  async getMaximumContentAge(): Promise<number> {
    return this.call('getMaximumContentAge');
  }

  /**
   * @param seconds 86400 to 10368000 (1 to 120 days); default 7776000 (90 days)
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-setmaximumcontentage
   */
  async setMaximumContentAge(seconds: number): Promise<void> {
    await this.call('setMaximumContentAge', checkUint32(seconds, 'seconds', { min: 86_400, max: 10_368_000 }));
  }

  /**
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-getconfigurationflags
   */
  async getConfigurationFlags(): Promise<(PeerCacheFlag | UnknownBits)[]> {
    return decodeFlags(PEER_CACHE_FLAGS, await this.call('getConfigurationFlags'));
  }

  /**
   * Resolves with `'overriddenByPolicy'` when the flags were stored but a Group Policy setting takes precedence.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-setconfigurationflags
   */
  async setConfigurationFlags(flags: readonly (PeerCacheFlag | UnknownBits)[]): Promise<'set' | 'overriddenByPolicy'> {
    const code = await this.call('setConfigurationFlags', encodeFlags(PEER_CACHE_FLAGS, 'flags', flags));
    return codeOf(code) === 'BG_S_OVERRIDDEN_BY_POLICY' ? 'overriddenByPolicy' : 'set';
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-enumrecords */
  async getRecords(): Promise<BitsPeerCacheRecord[]> {
    return (await this.call('enumRecords')).map((handle) => new BitsPeerCacheRecord(this.connection, handle));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-getrecord */
  async getRecord(id: string): Promise<BitsPeerCacheRecord> {
    return new BitsPeerCacheRecord(this.connection, await this.call('getRecord', checkGuid(id, 'id')));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-clearrecords */
  async clearRecords(): Promise<void> {
    await this.call('clearRecords');
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-deleterecord */
  async deleteRecord(id: string): Promise<void> {
    await this.call('deleteRecord', checkGuid(id, 'id'));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-deleteurl */
  async deleteUrl(url: string | URL): Promise<void> {
    await this.call('deleteUrl', checkUrl(url, 'url'));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-enumpeers */
  async getPeers(): Promise<BitsPeer[]> {
    return (await this.call('enumPeers')).map((handle) => new BitsPeer(this.connection, handle));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-clearpeers */
  async clearPeers(): Promise<void> {
    await this.call('clearPeers');
  }

  /**
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibitspeercacheadministration-discoverpeers
   */
  async discoverPeers(): Promise<void> {
    await this.call('discoverPeers');
  }
}

/**
 * A file in the peer cache.
 * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nn-bits3_0-ibitspeercacherecord
 */
export class BitsPeerCacheRecord extends ComObject<'record'> {
  /** @internal */
  constructor(connection: Connection, handle: RecordHandle) {
    super(connection, 'record', handle);
  }

  /** GUID of the record. */
  async getId(): Promise<string> {
    return this.call('getId');
  }

  /** The URL that the file was downloaded from. */
  async getOriginUrl(): Promise<string> {
    return (await this.call('getOriginUrl')) ?? '';
  }

  /** Size in bytes; `null` while unknown. */
  async getFileSize(): Promise<number | null> {
    return this.call('getFileSize');
  }

  /** When the file was last changed on the server. */
  async getFileModificationTime(): Promise<Date | null> {
    return toDate(await this.call('getFileModificationTime'));
  }

  /** When the record was last used. */
  async getLastAccessTime(): Promise<Date | null> {
    return toDate(await this.call('getLastAccessTime'));
  }

  /** Whether the record may be served to other computers. */
  async isFileValidated(): Promise<boolean> {
    return codeOf(await this.call('isFileValidated')) === 'S_OK';
  }

  /** The ranges of the file that are in the cache. */
  async getFileRanges(): Promise<FileRange[]> {
    return toRanges(await this.call('getFileRanges'));
  }
}

/**
 * A computer that the peer cache has found.
 * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nn-bits3_0-ibitspeer
 */
export class BitsPeer extends ComObject<'peer'> {
  /** @internal */
  constructor(connection: Connection, handle: PeerHandle) {
    super(connection, 'peer', handle);
  }

  /** The name of the computer. */
  async getPeerName(): Promise<string> {
    return (await this.call('getPeerName')) ?? '';
  }

  /** Whether this computer has authenticated the peer. */
  async isAuthenticated(): Promise<boolean> {
    return this.call('isAuthenticated');
  }

  /** Whether the peer was reachable when it was last asked. */
  async isAvailable(): Promise<boolean> {
    return this.call('isAvailable');
  }
}

function toDate(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}

guardComObject(BitsPeerCache, 'peerCache');
guardComObject(BitsPeerCacheRecord, 'record');
guardComObject(BitsPeer, 'peer');
