import { mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { PacketError } from './packet_error';
import { CONTEXT, HRESULT } from './upload_protocol';
import { namesOf } from './url_path';

export interface TargetRules {
  /** Real name of the folder that uploads go to. */
  readonly root: string;
  /** Real name of the folder with the server's own data; nothing may be uploaded there. */
  readonly stateFolder: string;
  readonly createFolders: boolean;
}

const malformed = () => new PacketError({ status: 400, hresult: HRESULT.invalidArgument, context: CONTEXT.remoteFile });

/** The folders and the file that the URL of an upload names. Throws PacketError (400) if it may not be used as one. */
export function targetNames(url: string): string[] {
  const names = namesOf(url);
  if (names === undefined) throw malformed();
  return names;
}

/** The full name of the file, in a folder that exists. Rejects with PacketError if there is no such place. */
export async function resolveTarget(names: readonly string[], rules: TargetRules): Promise<string> {
  if (isInside(path.join(rules.root, ...names), rules.stateFolder)) throw malformed();
  const folder = await realFolder(path.join(rules.root, ...names.slice(0, -1)), rules);
  // Links may lead out of the root, and short names into the server's own data.
  if (!isInside(folder, rules.root) || isInside(folder, rules.stateFolder)) throw malformed();
  const target = path.join(folder, names.at(-1)!);
  if ((await kindOf(target)) === 'folder') throw malformed();
  return target;
}

/** Whether there is a file of that name. */
export const isTaken = async (target: string): Promise<boolean> => (await kindOf(target)) !== 'nothing';

async function realFolder(folder: string, { root, createFolders }: TargetRules): Promise<string> {
  try {
    if (createFolders) await makeInside(folder, root);
    return await realpath(folder);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTDIR', 'EEXIST'].includes(code)) throw error;
    throw new PacketError({ status: 404, hresult: HRESULT.pathNotFound, context: CONTEXT.remoteFile });
  }
}

/** Creates folders one by one, so that none is created behind a link that leads out of the root. */
async function makeInside(folder: string, root: string): Promise<void> {
  let at = root;
  for (const name of path.relative(root, folder).split(path.sep).filter(Boolean)) {
    at = path.join(at, name);
    if ((await kindOf(at)) === 'nothing') await mkdir(at, { recursive: true });
    if (!isInside(await realpath(at), root)) throw malformed();
  }
}

async function kindOf(name: string): Promise<'nothing' | 'file' | 'folder'> {
  try {
    return (await stat(name)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return 'nothing';
    throw error;
  }
}

function isInside(name: string, folder: string): boolean {
  const [inner, outer] = [name, folder].map((given) => given.toLowerCase().replace(/[\\/]$/, ''));
  return inner === outer || inner!.startsWith(outer! + path.sep);
}
