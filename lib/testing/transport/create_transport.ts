import { CODES } from '../../errors/codes';
import type { ScriptedServerState } from '../computer/state';
import { BitsSimulationError } from '../simulation_error';
import { isLoopback, requestHttp } from './http';
import type { During } from './http';
import { requestScripted, serverOf } from './scripted';
import { TransferFailure } from './transport';
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
  const real = realServers((work) => computer.clock.during(work));
  return {
    request(request: TransferRequest, signal: AbortSignal): Promise<TransferResponse> {
      const { url, method } = request;
      const server = serverOf(computer.state.servers, url);
      if (server !== undefined) return requestScripted(server, request, signal);
      if (realHttp && isLoopback(new URL(url).hostname)) return real(request, signal);
      return Promise.reject(new BitsSimulationError(`nobody serves ${method} ${url}: script it with sim.serve()`));
    },
  };
}

/**
 * Requests to real servers on this computer. Where nobody has ever listened, the test has most likely forgotten
 * `sim.serve()`; a server that was there before has ended on purpose, and the request fails as on Windows.
 */
function realServers(during: During): Transport['request'] {
  const seen = new Set<string>();
  return async (request, signal) => {
    const { method, url } = request;
    const { origin } = new URL(url);
    try {
      const response = await requestHttp(request, signal, during);
      seen.add(origin);
      return response;
    } catch (error) {
      if (!isRefused(error) || seen.has(origin)) throw error;
      const advice = 'script it with sim.serve(), or start the server before';
      throw new BitsSimulationError(`nobody listens at ${method} ${url}: ${advice}`, { cause: error });
    }
  };
}

const isRefused = (error: unknown): boolean =>
  error instanceof TransferFailure && error.hresult === CODES.ERROR_WINHTTP_CANNOT_CONNECT.hresult;
