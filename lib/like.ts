import type { BitsFile, FileSnapshot } from './bits/file';
import type { BitsJob, ListedJob, JobEventEmitter } from './job';
import type { BitsErrorInfo } from './bits/error_info';
import type { BitsManager } from './manager';
import type { BitsPeer, BitsPeerCache, BitsPeerCacheRecord } from './bits/peer_cache';

/*
 * The classes as interfaces, without their private members: a function that takes a BitsManagerLike accepts a
 * BitsManager as well as a plain object that replaces it in a test. `Pick` what is used:
 *
 *   function update(bits: Pick<BitsManagerLike, 'createJob'>): Promise<void>
 */

/* eslint-disable @typescript-eslint/no-empty-object-type -- interfaces are shown by name in error messages */

/** A manager, or a stand-in for one. */
export interface BitsManagerLike extends Members<BitsManager> {}
/** A job, or a stand-in for one. */
export interface BitsJobLike
  extends Omit<Members<BitsJob>, keyof JobEventEmitter | Generic>, Pick<BitsJob, Generic>, JobEventEmitter {}
/** A file of a job, or a stand-in for one. */
export interface BitsFileLike extends Members<BitsFile> {}
/** A job's error object, or a stand-in for one. */
export interface BitsErrorInfoLike extends Members<BitsErrorInfo> {}
/** The peer cache, or a stand-in for it. */
export interface BitsPeerCacheLike extends Members<BitsPeerCache> {}
/** A record of the peer cache, or a stand-in for one. */
export interface BitsPeerCacheRecordLike extends Members<BitsPeerCacheRecord> {}
/** A peer, or a stand-in for one. */
export interface BitsPeerLike extends Members<BitsPeer> {}

/** Generic methods, whose types a mapped type would lose. */
type Generic = 'getProperty' | 'setProperty';

/** The public members of a class, returning interfaces instead of classes. Without the methods for printing. */
type Members<C> = { [K in Exclude<keyof C, 'toJSON' | typeof Symbol.toStringTag>]: Member<C[K]> };
type Member<M> = M extends (...args: infer A) => Promise<infer R>
  ? (...args: A) => Promise<Like<R>>
  : M extends (...args: never[]) => unknown
    ? M
    : Like<M>;
type Like<T> = T extends BitsManager
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
              : T extends ListedJob | FileSnapshot
                ? { readonly [K in keyof T]: Like<T[K]> }
                : T extends (infer E)[]
                  ? Like<E>[]
                  : T extends readonly (infer E)[]
                    ? readonly Like<E>[]
                    : T;
