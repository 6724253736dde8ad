/** What a packet is answered with. */
export interface PacketAnswer {
  /** HTTP status. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes into BITS-Error-Code. */
  readonly hresult?: number | undefined;
  /** BG_ERROR_CONTEXT, into BITS-Error-Context: 5 the server or the file, 7 the server application. */
  readonly context?: number | undefined;
}

/** A packet that is refused. */
export class PacketError extends Error implements PacketAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly hresult: number | undefined;
  readonly context: number | undefined;

  constructor({ status, headers = {}, hresult, context }: PacketAnswer) {
    super(`HTTP ${status}`);
    this.status = status;
    this.headers = headers;
    this.hresult = hresult;
    this.context = context;
  }
}
