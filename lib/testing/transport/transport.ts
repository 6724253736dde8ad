import type { Content } from '../computer/simulated_disk';

/** A request as BITS sends it. */
export interface TransferRequest {
  readonly method: string;
  readonly url: string;
  /** In the order in which they are sent; names as sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Content | undefined;
  /** The job's security flags: which certificate errors it ignores. Absent: none. */
  readonly securityFlags?: number | undefined;
  /** Whether the job has a client certificate. */
  readonly clientCertificate?: boolean | undefined;
}

/** The head of an answer, and its body in parts. */
export interface TransferResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /**
   * The parts of the body. Ends early when the server closes the connection; rejects with a TransferFailure when the
   * connection breaks. A part of a scripted server may be large: its content is not held in memory.
   */
  readonly body: AsyncIterable<Content>;
  /** Is told of bytes of the body as they arrive, which may be later than they were given: a scripted server counts them. */
  readonly received?: ((bytes: number) => void) | undefined;
  /** Milliseconds that the server took to answer, which have not passed yet. Absent: they have. */
  readonly delay?: number | undefined;
  /** The certificate of an https server, encoded. */
  readonly certificate?: Uint8Array | undefined;
}

/** A connection that did not come about or broke: the HRESULT that WinHTTP's error gives, as 0x80072EFD. */
export class TransferFailure extends Error {
  constructor(
    readonly hresult: number,
    message: string,
  ) {
    super(message);
    this.name = 'TransferFailure';
  }
}

/** How requests reach a server: scripted ones, or real HTTP. It knows nothing of bandwidth, cost or jobs. */
export interface Transport {
  /** Rejects with TransferFailure, or with BitsSimulationError for a URL that nobody serves. */
  request(request: TransferRequest, signal: AbortSignal): Promise<TransferResponse>;
}
