import type { Computer } from '../computer/computer';
import type { Identity } from '../computer/state';
import { need } from './failure';

/*
 * Remote and local names, as BITS checks them when a file is added. Microsoft: BG_FILE_INFO, IBackgroundCopyJob::AddFile,
 * AddFileSet, IBackgroundCopyJob3::AddFileWithRanges, IBackgroundCopyJob2::SetReplyFileName.
 */

const MAX_REMOTE_NAME = 2200;
/** MAX_PATH includes the terminating NUL. */
const MAX_LOCAL_NAME = 259;
/** "BIT….tmp", an 8.3 name, must fit into the folder. */
const MAX_FOLDER = 247;

const HTTP = /^https?:\/\/[^/?#]/i;
/** UNC paths, paths of this computer, and file URLs are accepted as well. */
const SMB = /^(?:\\\\[^\\]+\\[^\\]+\\|[a-z]:[\\/]|file:\/\/)/i;
/** Extended-length names and devices. */
const EXTENDED = /^[\\/]{2}[?.][\\/]/;
const DRIVE = /^[a-z]:/i;
// eslint-disable-next-line no-control-regex -- Windows reserves the control characters in names
const RESERVED = /[<>"|?*\u0000-\u001f]/;

export function isHttp(remoteName: string): boolean {
  return HTTP.test(remoteName);
}

/** `httpOnly`: since BITS 3.0, ranges of files are transferred by HTTP only. */
export function checkRemoteName(name: string, httpOnly = false): void {
  need(name.length <= MAX_REMOTE_NAME && (isHttp(name) || (!httpOnly && SMB.test(name))), 'E_INVALIDARG');
}

/**
 * Checks the name of a file to be written: full, short enough, without a stream, in a folder that exists, and in which
 * the caller may create files.
 */
export function checkTarget({ disk, state }: Computer, name: string, caller: Identity): void {
  checkLocalName(disk.isFullPath(name), name);
  if (state.profile === 'wine-8') return; // looks at nothing but the name
  const folder = disk.folderOf(name);
  need(folder.length <= MAX_FOLDER, 'E_INVALIDARG');
  need(disk.stat(folder)?.kind === 'folder', 'ERROR_PATH_NOT_FOUND');
  need(disk.stat(name)?.kind !== 'folder', 'E_INVALIDARG');
  need(disk.mayWrite(folder, caller), 'E_ACCESSDENIED');
}

/** Checks the name of a file to be sent. Whether it exists shows when it is transferred. */
export function checkSource({ disk }: Computer, name: string): void {
  checkLocalName(disk.isFullPath(name), name);
}

function checkLocalName(isFullPath: boolean, name: string): void {
  need(isFullPath && name.length <= MAX_LOCAL_NAME && !EXTENDED.test(name), 'E_INVALIDARG');
  const rest = name.replace(DRIVE, '');
  need(!rest.includes(':') && !RESERVED.test(rest) && !/[\\/]$/.test(rest), 'E_INVALIDARG');
}
