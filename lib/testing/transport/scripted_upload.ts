import type { ScriptedServerState } from '../computer/state';
import { BitsSimulationError } from '../simulation_error';
import type { ServerSettings } from './scripted_server';
import type { TransferRequest, TransferResponse } from './transport';

export function scriptedUpload(
  server: ScriptedServerState,
  _: ServerSettings,
  { method }: TransferRequest,
): TransferResponse {
  throw new BitsSimulationError(`uploads to scripted servers are not modelled yet: ${method} ${server.url}`);
}
