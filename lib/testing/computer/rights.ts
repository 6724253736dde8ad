import type { FolderRights, Identity } from './state';

/*
 * Who may write where, as Windows is installed: a standard user may write in their own folders, and neither in the root
 * of the drive nor in those of Windows and the programs. (Microsoft: "Access Control Lists" of the folders are not
 * documented in one place; the outcome is, in "Create Processes: UAC" and "Developing Applications that Run at Logon".)
 */

/** SECURITY_MANDATORY_HIGH_RID: elevated programs; services have more. */
const HIGH = 0x3000;

export const USER_FOLDER = (user: string): string => `C:\\Users\\${user}`;
export const TEMPORARY_FOLDER = (user: string): string => `${USER_FOLDER(user)}\\AppData\\Local\\Temp`;

/** Rights of a fresh computer; the folders of its users come with the users. */
export const STANDARD_RIGHTS: readonly FolderRights[] = [
  { folder: 'C:', writers: 'administrators' },
  { folder: 'C:\\Windows', writers: 'administrators' },
  { folder: 'C:\\Windows\\Temp', writers: 'everybody' },
  { folder: 'C:\\Program Files', writers: 'administrators' },
  { folder: 'C:\\Program Files (x86)', writers: 'administrators' },
  { folder: 'C:\\ProgramData', writers: 'everybody' },
  { folder: 'C:\\Users', writers: 'administrators' },
  { folder: 'C:\\Users\\Public', writers: 'everybody' },
  { folder: 'C:\\data', writers: 'everybody' },
];

/** A path in the form in which two names of a file are the same text, but for case. */
export function plainPath(name: string): string {
  const path = name.replaceAll('/', '\\').replace(/(?<=[^\\])\\+/g, '\\');
  return path.length > 1 ? path.replace(/\\$/, '') : path;
}

/** Names are compared without regard to case. */
export const keyOf = (name: string): string => plainPath(name).toLowerCase();

/** The folder above; a drive is its own. */
export function parentOf(name: string): string {
  const path = plainPath(name);
  const at = path.lastIndexOf('\\');
  return at <= 0 ? path : path.slice(0, at);
}

/** Whether an account may write in a folder: what the nearest folder with rights of its own says. */
export function mayWriteIn(folder: string, identity: Identity, rights: readonly FolderRights[]): boolean {
  if (identity.integrity >= HIGH) return true;
  const own = new Map(rights.map((row) => [keyOf(row.folder), row.writers]));
  for (let at = folder; ; at = parentOf(at)) {
    const writers = own.get(keyOf(at));
    if (writers !== undefined) return writers === 'everybody' || writers === identity.sid;
    if (keyOf(parentOf(at)) === keyOf(at)) return true; // a drive that says nothing, such as a USB stick
  }
}
