import type { NativeAddon } from '../../contract/addon';
import { ERROR } from './error';
import { FILE, FILE_2, FILE_3, FILE_4, FILE_5, FILE_6 } from './file';
import { HTTP_OPTIONS, HTTP_OPTIONS_2, HTTP_OPTIONS_3 } from './http_options';
import { JOB } from './job';
import { JOB_2, JOB_3, JOB_4, JOB_5 } from './job_2_to_5';
import { MANAGER } from './manager';
import type { Group, Method } from './methods';
import { PEER, PEER_CACHE, RECORD } from './peer_cache';
import { TOKEN_OPTIONS } from './token_options';

/** Methods of the contract that are several COM methods, or that the addon answers by itself: addon/compositions.ts. */
export interface Composed {
  readonly manager: 'interfaces' | 'createJob' | 'jobSnapshots' | 'jobChanges' | 'probe';
  readonly job: 'interfaces' | 'snapshot' | 'fileSnapshots';
  readonly file: 'interfaces';
}

type Single<G extends Group> = Exclude<keyof NativeAddon[G], G extends keyof Composed ? Composed[G] : never>;

/** Every method of the contract that is one COM method. */
export const METHODS: { readonly [G in Group]: { readonly [M in Single<G>]: Method<G, M> } } = {
  manager: MANAGER,
  job: {
    ...JOB,
    ...JOB_2,
    ...JOB_3,
    ...JOB_4,
    ...JOB_5,
    ...HTTP_OPTIONS,
    ...HTTP_OPTIONS_2,
    ...HTTP_OPTIONS_3,
    ...TOKEN_OPTIONS,
  },
  file: { ...FILE, ...FILE_2, ...FILE_3, ...FILE_4, ...FILE_5, ...FILE_6 },
  error: ERROR,
  peerCache: PEER_CACHE,
  record: RECORD,
  peer: PEER,
};
