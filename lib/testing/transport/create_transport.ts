import type { ScriptedServerState } from '../computer/state';
import { BitsSimulationError } from '../simulation_error';
import { isLoopback, requestHttp } from './http';
import type { During } from './http';
import { requestScripted, serverOf } from './scripted';
import type { TransferRequest, TransferResponse, Transport } from './transport';

/** What a transport has of its computer. */
export interface TransportSurroundings {
  readonly state: { readonly servers: readonly ScriptedServerState[] };
  readonly clock: { readonly during: During };
}

/**
 * How the requests of a simulated computer reach servers: scripted ones first, then real ones on this computer, unless
 * `realHttp` is false. Requests to others reject with a BitsSimulationError.
 */
export function createTransport(computer: TransportSurroundings, { realHttp = true } = {}): Transport {
  return {
    request(request: TransferRequest, signal: AbortSignal): Promise<TransferResponse> {
      const { url, method } = request;
      const server = serverOf(computer.state.servers, url);
      if (server !== undefined) return requestScripted(server, request, signal);
      if (realHttp && isLoopback(new URL(url).hostname))
        return requestHttp(request, signal, (work) => computer.clock.during(work));
      return Promise.reject(new BitsSimulationError(`nobody serves ${method} ${url}: script it with sim.serve()`));
    },
  };
}
