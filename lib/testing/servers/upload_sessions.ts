import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { StoredReply, UploadRecord, UploadStore } from './upload_store';

/** One upload session while the server runs. */
export class UploadSession {
  readonly #requests = new Set<IncomingMessage>();
  #last: Promise<unknown> = Promise.resolve();
  /** The application is working on its reply. */
  replying: Promise<StoredReply> | undefined;

  constructor(readonly record: UploadRecord) {}

  /** Resolves when the packets so far are done. */
  async idle(): Promise<void> {
    await this.#last;
  }

  get busy(): boolean {
    return this.#requests.size > 0;
  }

  /**
   * Does the work of a packet once all earlier packets of the session are done. A client has one request outstanding: when
   * it sends another, it has given up the earlier one. So an earlier packet whose body is still arriving, perhaps over a
   * connection that is dead, is broken off.
   */
  async exclusively<T>(request: IncomingMessage, work: () => Promise<T>): Promise<T> {
    for (const earlier of this.#requests) if (!earlier.complete) earlier.destroy();
    this.#requests.add(request);
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#requests.delete(request);
    }
  }
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** All sessions of a server, by their id. */
export class UploadSessions {
  readonly #sessions = new Map<string, UploadSession>();

  constructor(
    readonly store: UploadStore,
    private readonly timeout: number,
    private readonly now: () => number,
  ) {}

  async load(): Promise<void> {
    for (const record of await this.store.load()) this.#sessions.set(record.id, new UploadSession(record));
  }

  /** Sessions that have not ended. */
  get open(): readonly UploadSession[] {
    return [...this.#sessions.values()].filter(({ record }) => ['open', 'publishing'].includes(record.state));
  }

  async create(names: readonly string[]): Promise<UploadSession> {
    // It is all that a later packet has to show, so it must not be possible to guess it.
    const id = randomUUID();
    const session = new UploadSession({ id, names, total: null, state: 'open', used: this.now() });
    await this.store.save(session.record);
    this.#sessions.set(id, session);
    return session;
  }

  /** The session with an id as it stands in a packet, with or without braces; undefined if there is none, or not any more. */
  find(id: string): UploadSession | undefined {
    const guid = id.replace(/^\{(.*)\}$/, '$1').toLowerCase();
    const session = GUID.test(guid) ? this.#sessions.get(guid) : undefined;
    return session === undefined || this.#isExpired(session) ? undefined : session;
  }

  /** Notes that a session has had a good packet, and saves what has changed in it. */
  async touch({ record }: UploadSession): Promise<void> {
    record.used = this.now();
    await this.store.save(record);
  }

  /** Ends a session: its data goes, its record stays until it expires. */
  async end(session: UploadSession, state: 'closed' | 'discarded' | 'cancelled'): Promise<void> {
    session.record.state = state;
    delete session.record.reply;
    await this.touch(session);
    await this.store.discard(session.record);
  }

  /** Removes the sessions that have expired; resolves with their number. */
  async sweep(): Promise<number> {
    const expired = [...this.#sessions.values()].filter((session) => !session.busy && this.#isExpired(session));
    for (const { record } of expired) {
      this.#sessions.delete(record.id);
      await this.store.forget(record);
    }
    return expired.length;
  }

  /** Resolves when no packet is being worked on. */
  async idle(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.idle()));
  }

  #isExpired({ record }: UploadSession): boolean {
    return record.used + this.timeout <= this.now();
  }
}
