import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createUploadServer } from '../../../../lib/testing/servers';
import type { UploadServer, UploadServerOptions } from '../../../../lib/testing/servers';
import { RawClient, fragment, packet } from './raw_client';
import type { Answer, PacketContent } from './raw_client';

export type Options = Partial<UploadServerOptions>;

const started: Fixture[] = [];
afterEach(async () => {
  for (const fixture of started.splice(0)) await fixture.end();
});

/** An upload server in a folder of its own, and a connection to it. */
export class Fixture {
  private constructor(
    readonly folder: string,
    public server: UploadServer,
    public client: RawClient,
  ) {}

  static async start(options: Options = {}): Promise<Fixture> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-uploads-'));
    const server = await createUploadServer({ folder, ...options });
    const fixture = new Fixture(folder, server, await RawClient.connect(server.url('/')));
    started.push(fixture);
    return fixture;
  }

  /** The server stops, and another one takes over its folder. */
  async restart(options: Options = {}): Promise<void> {
    await this.server.close();
    this.server = await createUploadServer({ folder: this.folder, ...options });
    await this.reconnect();
  }

  async reconnect(): Promise<void> {
    await this.client.close();
    this.client = await RawClient.connect(this.server.url('/'));
  }

  send(type: string, content?: PacketContent): Promise<Answer> {
    return this.client.send(packet(type, content));
  }

  /** Creates a session and gives its id. */
  async create(content?: PacketContent): Promise<string> {
    const { status, headers } = await this.send('Create-Session', content);
    expect(status).toBe(200);
    return headers['bits-session-id']!;
  }

  fragment(session: string, bytes: Uint8Array | string, start: number, total: number, more?: PacketContent) {
    return this.client.send(fragment(session, Buffer.from(bytes), start, total, more));
  }

  /** A whole upload. */
  async upload(bytes: Uint8Array | string, content: PacketContent = {}): Promise<string> {
    const session = await this.create(content);
    const { length } = Buffer.from(bytes);
    expect((await this.fragment(session, bytes, 0, length, content)).status).toBe(200);
    expect((await this.send('Close-Session', { session, ...content })).status).toBe(200);
    return session;
  }

  read(name = 'file.bin'): Buffer {
    return fs.readFileSync(path.join(this.folder, name));
  }

  exists(name = 'file.bin'): boolean {
    return fs.existsSync(path.join(this.folder, name));
  }

  /** Files of the server's own that hold data of uploads. */
  get temporary(): string[] {
    return fs.readdirSync(path.join(this.folder, '.bits-uploads')).filter((name) => !name.endsWith('.json'));
  }

  /** Names of what has been published. */
  get published(): string[] {
    return fs.readdirSync(this.folder).filter((name) => name !== '.bits-uploads');
  }

  /** After each test. (`await using` needs a symbol that jest's own global objects do not have in Node.js 20.) */
  async end(): Promise<void> {
    await this.client.close();
    await this.server.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a refusal looks like, or an acknowledgement that tells an offset. */
export const seen = ({ status, headers }: Answer) => ({
  status,
  ...('bits-error-code' in headers ? { code: headers['bits-error-code'] } : {}),
  ...('bits-error-context' in headers ? { context: headers['bits-error-context'] } : {}),
  ...('bits-received-content-range' in headers ? { next: Number(headers['bits-received-content-range']) } : {}),
});

export const MALFORMED = { status: 400, code: '0x80070057', context: '0x5' };
export const UNKNOWN_SESSION = { status: 500, code: '0x8020001F', context: '0x5' };
export const DENIED = { status: 403, code: '0x80070005', context: '0x5' };
