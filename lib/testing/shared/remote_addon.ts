import { spawn } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import type { ManagerHandle, NativeAddon, NativeFailure, VerdictHandle } from '../../contract/addon';
import { HOST } from '../../host';
import { COMPOSED, ROWS } from '../addon/method_names';
import { BitsSimulationError } from '../simulation_error';
import { VERSION } from '../../util/version';
import type { SharedPlace } from './place';
import { decode, encode, receive, send } from './wire';
import type { Answer, Request, WireHandle } from './wire';

/** How long the service may take to start, in milliseconds. */
const START_LIMIT = 10_000;
/** Errors of RPC when the connection to a service breaks, and for objects of the time before. */
const [CALL_FAILED, DISCONNECTED] = [0x800706be, 0x80010108];

const GROUPS = ['manager', 'job', 'file', 'error', 'peerCache', 'record', 'peer'] as const;

/** A handle in this process. The number is that of one connection; managers and jobs are found again over another. */
class RemoteHandle {
  connection: Connection | undefined;

  constructor(
    readonly kind: string,
    public number: number,
    readonly job: string | null,
    readonly manager: RemoteHandle | null,
    readonly opened: { readonly clsid: string | undefined; readonly context: number | undefined } | null = null,
  ) {}
}

interface Pending {
  readonly manager: RemoteHandle;
  readonly resolve: (value: unknown) => void;
  readonly reject: (failure: unknown) => void;
  readonly lost: NativeFailure;
}

/** One connection to the process of the service. */
class Connection {
  readonly pending = new Map<number, Pending>();
  isOpen = true;

  constructor(readonly socket: net.Socket) {}
}

/** The raw contract over a service in another process, which is started when there is none. */
export class RemoteAddon {
  readonly #callbacks = new Map<number, (...args: unknown[]) => void>();
  readonly #callNumbers = new WeakMap<Promise<unknown>, number>();
  readonly #held = new Set<number>();
  #connecting: Promise<Connection> | undefined;
  #last = 0;

  constructor(
    private readonly place: SharedPlace,
    private readonly speed: number,
    private readonly systemInfo: ReturnType<NativeAddon['systemInfo']>,
  ) {}

  get addon(): NativeAddon {
    const groups = Object.fromEntries(GROUPS.map((group) => [group, this.#group(group)]));
    const addon = {
      version: VERSION,
      openManager: (clsid?: string, context?: number) =>
        new RemoteHandle('manager', -++this.#last, null, null, { clsid, context }),
      releaseManager: (handle: ManagerHandle) => {
        const { connection, number } = handle as unknown as RemoteHandle;
        if (connection?.isOpen === true) send(connection.socket, { release: number });
      },
      abandon: (call: Promise<unknown>) => void this.#abandon(call),
      answerCertificate: (verdict: VerdictHandle, accept: boolean) => {
        const { connection, number } = verdict as unknown as RemoteHandle;
        if (connection?.isOpen === true) send(connection.socket, { verdict: number, accept });
      },
      systemInfo: () => this.systemInfo,
      ...groups,
    };
    return addon as unknown as NativeAddon;
  }

  #group(group: string): Readonly<Record<string, unknown>> {
    const single = [...ROWS.values()].filter((row) => row.group === group);
    const composed = Object.entries(COMPOSED).filter(([key]) => key.startsWith(`${group}.`));
    const rows = [
      ...single.map(({ name, com, once }) => ({ name, com, once })),
      ...composed.map(([key, com]) => ({ name: key.slice(group.length + 1), com, once: key === 'manager.createJob' })),
    ];
    return Object.fromEntries(
      rows.map((row) => {
        const call = (handle: RemoteHandle, ...args: unknown[]) => this.#call(group, row, handle, args);
        return [row.name, Object.defineProperty(call, 'name', { value: row.com })];
      }),
    );
  }

  #call(
    group: string,
    row: { readonly name: string; readonly com: string; readonly once: boolean },
    handle: RemoteHandle,
    args: readonly unknown[],
  ): Promise<unknown> {
    const call = ++this.#last;
    this.#held.add(call);
    const lost: NativeFailure = { hresult: CALL_FAILED, method: row.com, kind: row.once ? 'lost' : 'call' };
    const attempt = async () => {
      const connection = await this.#connection();
      await this.#find(connection, handle, row.com);
      const given = [handle, ...args].map((value) => this.#encode(value));
      return this.#ask(connection, { call, group, method: row.name, args: given }, handle.manager ?? handle, lost);
    };
    // As native/bits/call.h: what may be repeated is, once, over a new connection.
    const repeat = (failure: unknown) => {
      if (failure === lost && !row.once) return attempt();
      throw failure;
    };
    const work = attempt()
      .catch(repeat)
      .finally(() => this.#settled(call));
    this.#callNumbers.set(work, call);
    return work;
  }

  #ask(
    connection: Connection,
    request: Extract<Request, { call: number }>,
    manager: RemoteHandle,
    lost: NativeFailure,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      connection.pending.set(request.call, { manager, resolve, reject, lost });
      connection.socket.ref();
      send(connection.socket, request);
    });
  }

  /** A call keeps the process alive until it is answered or abandoned. */
  #settled(call: number): void {
    this.#held.delete(call);
    if (this.#held.size === 0) void this.#connecting?.then(({ socket }) => this.#held.size === 0 && socket.unref());
  }

  async #abandon(promise: Promise<unknown>): Promise<void> {
    const call = this.#callNumbers.get(promise);
    if (call === undefined) return;
    this.#settled(call);
    const connection = await this.#connecting;
    if (connection?.isOpen === true) send(connection.socket, { abandon: call });
  }

  /** Gives a manager or job that belongs to an earlier connection a number in this one. */
  async #find(connection: Connection, handle: RemoteHandle, method: string): Promise<void> {
    if (handle.connection === connection) return;
    const { opened, manager, job } = handle;
    if (opened !== null) send(connection.socket, { open: handle.number, ...opened });
    else if (handle.kind === 'job' && manager !== null && job !== null) {
      await this.#find(connection, manager, method);
      const lost: NativeFailure = { hresult: CALL_FAILED, method, kind: 'call' };
      const args = [this.#encode(manager), job];
      const request = { call: ++this.#last, group: 'manager', method: 'getJob', args };
      const found = (await this.#ask(connection, request, manager, lost)) as { readonly handle: RemoteHandle };
      handle.number = found.handle.number;
    } else {
      const failure: NativeFailure = { hresult: DISCONNECTED, method, kind: 'call' };
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is what the addon rejects with
      throw failure;
    }
    handle.connection = connection;
  }

  #encode(value: unknown): unknown {
    return encode(value, (object) => {
      if (object instanceof RemoteHandle) return { $: 'handle', handle: object.number };
      if (typeof object !== 'function') return undefined;
      const number = ++this.#last;
      this.#callbacks.set(number, object as (...args: unknown[]) => void);
      return { $: 'callback', callback: number };
    });
  }

  #connection(): Promise<Connection> {
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async #connect(): Promise<Connection> {
    const begun = HOST.clock.now();
    for (let started = false; ;) {
      const socket = await connectTo(this.place.address);
      if (socket !== undefined) return this.#use(socket);
      if (!started) startService(this.place, this.speed);
      started = true;
      if (HOST.clock.now() - begun > START_LIMIT)
        throw new BitsSimulationError(`the simulated service does not start (${this.place.stateFile})`);
      await new Promise<void>((resolve) => void HOST.clock.after(20, resolve));
    }
  }

  #use(socket: net.Socket): Connection {
    const connection = new Connection(socket);
    receive(socket, (answer) => this.#receive(connection, answer as Answer));
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      connection.isOpen = false;
      this.#connecting = undefined;
      for (const { reject, lost } of connection.pending.values()) reject(lost);
      connection.pending.clear();
    });
    return connection;
  }

  #receive(connection: Connection, answer: Answer): void {
    if ('callback' in answer) {
      const args = answer.args.map((value) => this.#decode(connection, value, null));
      this.#callbacks.get(answer.callback)?.(...args);
      return;
    }
    const pending = connection.pending.get(answer.call);
    connection.pending.delete(answer.call);
    if (pending === undefined) return;
    if ('result' in answer) pending.resolve(this.#decode(connection, answer.result, pending.manager));
    else pending.reject('failure' in answer ? answer.failure : new BitsSimulationError(answer.problem));
  }

  #decode(connection: Connection, value: unknown, manager: RemoteHandle | null): unknown {
    return decode(value, (_, fields) => {
      const { handle, kind, job } = fields as unknown as WireHandle;
      const made = new RemoteHandle(kind, handle, job, manager);
      made.connection = connection;
      return made;
    });
  }
}

/** Undefined: nobody listens there. */
function connectTo(address: string): Promise<net.Socket | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
}

/** The service runs on its own, as Windows' does, whoever started it. */
function startService({ stateFile }: SharedPlace, speed: number): void {
  const { NODE_OPTIONS: _, ...env } = process.env; // which may require what starts this
  const script = path.join(__dirname, 'service_main.js');
  const options = { detached: true, stdio: 'ignore', windowsHide: true } as const;
  // In Electron, process.execPath is Electron.
  spawn(process.execPath, [script, stateFile, String(speed)], {
    ...options,
    env: { ...env, ELECTRON_RUN_AS_NODE: '1' },
  }).unref();
}
