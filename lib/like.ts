import type { BitsFile } from './bits/file';
import type { BitsJob } from './job';
import type { BitsErrorInfo } from './bits/error_info';
import type { BitsManager } from './manager';
import type { BitsPeer, BitsPeerCache, BitsPeerCacheRecord } from './bits/peer_cache';
import type { JobEventEmitter } from './watch/events';

/*
 * The classes as interfaces, without what is private in them: a program that asks for a BitsManagerLike takes a
 * BitsManager as well as a plain object that stands in for it in a test. `Pick` what is used:
 *
 *   function update(bits: Pick<BitsManagerLike, 'createJob'>): Promise<void>
 */

/* eslint-disable @typescript-eslint/no-empty-object-type -- an interface has a name in error messages */

/** A manager, or what stands in for one. */
export interface BitsManagerLike extends Members<BitsManager> {}
/** A job, or what stands in for one. */
export interface BitsJobLike
  extends
    Omit<Members<BitsJob>, keyof JobEventEmitter<BitsJob> | Generic>,
    Pick<BitsJob, Generic>,
    JobEventEmitter<BitsJob> {}
/** A file of a job, or what stands in for one. */
export interface BitsFileLike extends Members<BitsFile> {}
/** A job's error object, or what stands in for one. */
export interface BitsErrorInfoLike extends Members<BitsErrorInfo> {}
/** The peer cache, or what stands in for it. */
export interface BitsPeerCacheLike extends Members<BitsPeerCache> {}
/** A record of the peer cache, or what stands in for one. */
export interface BitsPeerCacheRecordLike extends Members<BitsPeerCacheRecord> {}
/** A peer, or what stands in for one. */
export interface BitsPeerLike extends Members<BitsPeer> {}

/** Methods whose types a mapping would blur. */
type Generic = 'getProperty' | 'setProperty';

/** All that is public of a class; what it gives out is an interface, too. Printing is nobody's business. */
type Members<C> = { [K in Exclude<keyof C, 'toJSON' | typeof Symbol.toStringTag>]: Member<C[K]> };
type Member<M> = M extends (...args: infer A) => Promise<infer R>
  ? (...args: A) => Promise<Given<R>>
  : M extends (...args: never[]) => unknown
    ? M
    : Given<M>;
type Given<T> = T extends BitsManager
  ? BitsManagerLike
  : T extends BitsJob
    ? BitsJobLike
    : T extends BitsFile
      ? BitsFileLike
      : T extends BitsErrorInfo
        ? BitsErrorInfoLike
        : T extends BitsPeerCache
          ? BitsPeerCacheLike
          : T extends BitsPeerCacheRecord
            ? BitsPeerCacheRecordLike
            : T extends BitsPeer
              ? BitsPeerLike
              : T extends (infer E)[]
                ? Given<E>[]
                : T;
