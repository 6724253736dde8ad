import { JOB_PRIORITY } from '../../contract/enums';
import { CODES } from '../../errors/codes';
import type { ComputerState, ErrorState, JobState } from '../computer/state';
import { costFlagsOf } from '../service/job_properties';

/*
 * What keeps jobs from being transferred although nothing is wrong with them: they wait in TRANSIENT_ERROR until it has
 * passed, without counting down to a retry. Sources: "Users and Network Connections", "Group Policies", "Life Cycle of a
 * BITS Job", BITS_JOB_TRANSFER_POLICY, and the texts of the codes in bitsmsg.h.
 */

interface Condition {
  readonly hresult: number;
  readonly holds: (state: ComputerState, job: JobState) => boolean;
}

const FOREGROUND = JOB_PRIORITY.values.foreground;
/** The bits of BITS_COST_STATE that say what the network costs; those above are about congestion. */
const COSTS = 0xff;

/** In the order in which they are asked. That several hold at once, and which is told then, is not documented. */
const CONDITIONS: readonly Condition[] = [
  // Jobs of every priority ("Users and Network Connections").
  { hresult: CODES.BG_E_NETWORK_DISCONNECTED.hresult, holds: ({ network }) => !network.connected },
  { hresult: CODES.BG_E_STANDBY_MODE.hresult, holds: ({ power }) => power.standby },
  // Every cost of the network has to be in the job's mask (BITS_JOB_PROPERTY_ID_COST_FLAGS).
  {
    hresult: CODES.BG_E_BLOCKED_BY_COST_TRANSFER_POLICY.hresult,
    holds: ({ network }, job) => (network.cost & COSTS & ~costFlagsOf(job)) !== 0,
  },
  // A limit of zero stops background jobs, and no others (MaxInternetBandwidth).
  {
    hresult: CODES.BG_E_BLOCKED_BY_POLICY.hresult,
    holds: ({ policy }, job) => policy.bandwidth === 0 && job.priority !== FOREGROUND,
  },
  { hresult: CODES.BG_E_BLOCKED_BY_BATTERY_SAVER.hresult, holds: ({ power }) => power.saver },
  { hresult: CODES.BG_E_BLOCKED_BY_BATTERY_POLICY.hresult, holds: ({ power }) => power.battery },
  { hresult: CODES.BG_E_BLOCKED_BY_GAME_MODE.hresult, holds: ({ policy }) => policy.gameMode },
  // Jobs of packaged programs wait at background priorities (microsoft/BITS-Manager, issue 15).
  {
    hresult: CODES.BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY.hresult,
    holds: ({ policy }, job) => !policy.backgroundAccess && job.priority !== FOREGROUND,
  },
];

const CODES_OF_CONDITIONS = new Set(CONDITIONS.map(({ hresult }) => hresult));

/** The first condition that keeps a job waiting now, as its error; null: none. It concerns no file. */
export function blockOf(state: ComputerState, job: JobState): ErrorState | null {
  const condition = CONDITIONS.find(({ holds }) => holds(state, job));
  if (condition === undefined) return null;
  return { context: QUEUE_MANAGER, hresult: condition.hresult, file: null, protocol: null };
}

/** BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER */
const QUEUE_MANAGER = 2;

/** Whether a job's error is one that ends when a condition has passed. */
export const isCondition = (error: ErrorState | null): boolean =>
  error !== null && CODES_OF_CONDITIONS.has(error.hresult);

/**
 * Whether the owner of a job is logged on. Otherwise the job stays QUEUED. System accounts always are ("Users and Network
 * Connections").
 */
export function isOwnerLoggedOn(state: ComputerState, job: JobState): boolean {
  const owner = state.users.find(({ sid }) => sid === job.owner.sid);
  if (owner === undefined) return false;
  return owner.loggedOn || (owner.kind !== 'standard' && owner.kind !== 'administrator');
}
