import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createUploadServer } from '../../lib/testing/servers';
import type { UploadServer } from '../../lib/testing/servers';
import type { Uploads } from './world';

/** Real upload servers on this computer, for real services and simulated ones. */
export function uploadServers(): { readonly control: Uploads; close(): Promise<void> } {
  const servers = new Map<string, { readonly server: UploadServer; readonly folder: string }>();
  const control: Uploads = {
    serve: async (name, { reply, status } = {}) => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-uploads-'));
      const server = await createUploadServer({
        folder,
        ...(reply === undefined ? {} : { reply: () => reply }),
        ...(status === undefined ? {} : { access: () => ({ status }) }),
      });
      servers.set(name, { server, folder });
      return server.url(`/${name}`);
    },
    received: (name) => {
      const at = servers.get(name);
      const file = at === undefined ? '' : path.join(at.folder, name);
      return fs.existsSync(file) ? fs.readFileSync(file) : null;
    },
  };
  const close = async () => {
    for (const { server, folder } of servers.values()) {
      await server.close();
      fs.rmSync(folder, { recursive: true, force: true });
    }
  };
  return { control, close };
}
