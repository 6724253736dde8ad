import path from 'node:path';
import { BitsLoadError } from '../errors';
import { namesIn, readHead } from '../host';
import type { BitsLoadReason } from '../errors';

/*
 * Finds out why a binary could not be loaded. The file is examined first, because Windows' messages are in the user's
 * language and ambiguous; they are used only when the file itself is intact.
 */

interface Finding {
  readonly reason: BitsLoadReason;
  /** A clause that follows the name of the file: 'is missing'. */
  readonly problem: string;
  readonly advice: string;
}

const REINSTALL = 'Install the package again, on this computer or with the files of this package unchanged';

/** The error for a binary that could not be loaded. */
export function diagnose(
  file: string,
  cause: unknown,
  host: { readonly arch: string; readonly prebuilds: string },
): BitsLoadError {
  const { reason, problem, advice } = archiveFinding(file) ?? fileFinding(file, host) ?? textFinding(cause, host.arch);
  return new BitsLoadError(`the binary ${file} ${problem}`, { reason, advice, tried: [file], cause });
}

/** Windows cannot load a file from within an archive; Electron and Yarn can be told to unpack it. */
const isArchive = (file: string): boolean => /\.(?:asar|zip)[\\/]/i.test(file);

function archiveFinding(file: string): Finding | undefined {
  if (!isArchive(file)) return undefined;
  const zip = /\.zip[\\/]/i.test(file);
  return {
    reason: 'archive',
    problem: `is inside ${zip ? 'a zip archive' : 'an asar archive'}`,
    advice: zip
      ? 'Yarn keeps packages zipped: list windows-bits in dependenciesMeta with "unplugged": true, and install again.'
      : "Unpack it when packaging the app: asarUnpack '**/*.node' in electron-builder, asar.unpack in Electron Forge.",
  };
}

function fileFinding(file: string, host: { readonly arch: string; readonly prebuilds: string }): Finding | undefined {
  let header: Buffer;
  let size: number;
  try {
    ({ head: header, size } = readHead(file, ENOUGH));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return missing(host);
    return {
      reason: 'blocked',
      problem: `cannot be read (${code ?? String(error)})`,
      advice: 'Check the permissions of the file, and whether antivirus software blocks it.',
    };
  }

  const machine = machineOf(header);
  if (machine === undefined) {
    return { reason: 'corrupt', problem: `is not a Windows binary (${size} bytes)`, advice: `${REINSTALL}.` };
  }
  if (machine !== host.arch) {
    return {
      reason: 'otherCpu',
      problem: `is for ${machine}, and this process is ${host.arch}`,
      advice: `${REINSTALL}; what counts is the CPU that Node.js or Electron is built for, not that of the computer.`,
    };
  }
  const whole = sizeOf(header);
  if (size < whole) {
    return { reason: 'corrupt', problem: `is truncated (${size} of ${whole} bytes)`, advice: `${REINSTALL}.` };
  }
  return undefined;
}

function missing({ prebuilds }: { readonly prebuilds: string }): Finding {
  const there = namesIn(prebuilds).filter((name) => namesIn(path.join(prebuilds, name)).includes('windows_bits.node'));
  return {
    reason: 'missing',
    problem: `is missing (${there.length === 0 ? 'and so are all others' : `there is ${there.join(', ')}`})`,
    advice: `${REINSTALL}. A bundler or packager must copy the .node file too; antivirus software may have removed it.`,
  };
}

/** Windows' messages: in English if Windows has English texts, else as `error: NUMBER`. */
const TEXTS: readonly (readonly [RegExp, (arch: string) => Finding])[] = [
  // 4551 and its neighbours: application control; 1260: group policy; 225: virus; 577: signature; 5: access denied.
  [
    /application control|group policy|blocked|virus|digital signature|access is denied|error: (?:5|225|577|1260|45\d\d)\b/i,
    () => ({
      reason: 'blocked',
      problem: 'is blocked by a policy or by antivirus software',
      advice: 'Have the file allowed (AppLocker, App Control for Business, antivirus), or sign it with your app.',
    }),
  ],
  [
    /not a valid win32 application|error: 193\b/i,
    (arch) => ({
      reason: 'otherCpu',
      problem: `is damaged or not for this process, which is ${arch}`,
      advice: `${REINSTALL}; what counts is the CPU that Node.js or Electron is built for, not that of the computer.`,
    }),
  ],
  [
    /node-api version|did not self-register|specified procedure could not be found|error: 127\b/i,
    () => ({
      reason: 'oldHost',
      problem: 'needs a newer host',
      advice: 'Use Node.js 20 or later, or an Electron version that is built on it.',
    }),
  ],
];

function textFinding(cause: unknown, arch: string): Finding {
  const text = cause instanceof Error ? cause.message : String(cause);
  for (const [pattern, finding] of TEXTS) {
    if (pattern.test(text)) return finding(arch);
  }
  const words = text.split('\n')[0]?.trim() ?? '';
  return {
    reason: 'other',
    problem: `cannot be loaded: ${words}`,
    advice: `${REINSTALL}; \`cause\` has Windows' message.`,
  };
}

/** How much of a file to read, in bytes: usually contains the headers below. */
const ENOUGH = 4096;

const MACHINES: Readonly<Record<number, string>> = { 0x14c: 'ia32', 0x8664: 'x64', 0xaa64: 'arm64' };
const COFF_HEADER = 24;
const SECTION = 40;

/** Offset of the PE signature in a Windows binary; undefined for other files. */
function coffOf(header: Buffer): number | undefined {
  if (header.length < 0x40 || header.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const at = header.readUInt32LE(0x3c);
  if (at + COFF_HEADER > header.length || header.toString('latin1', at, at + 4) !== 'PE\0\0') return undefined;
  return at;
}

function machineOf(header: Buffer): string | undefined {
  const at = coffOf(header);
  if (at === undefined) return undefined;
  const machine = header.readUInt16LE(at + 4);
  return MACHINES[machine] ?? `CPU type 0x${machine.toString(16)}`;
}

/** The least size of the file according to its section table. */
function sizeOf(header: Buffer): number {
  const at = coffOf(header) ?? 0;
  const table = at + COFF_HEADER + header.readUInt16LE(at + 20);
  let end = table;
  for (let i = 0; i < header.readUInt16LE(at + 6); i++) {
    const entry = table + i * SECTION;
    if (entry + SECTION > header.length) return entry + SECTION; // truncated within the table
    end = Math.max(end, header.readUInt32LE(entry + 16) + header.readUInt32LE(entry + 20));
  }
  return end;
}
