// What the commands of this repository have in common.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SetupError } from './process.mjs';

// Standard error: the output of `npm run win` belongs to the script.
export const say = (text) => process.stderr.write(`[set-up] ${text}\n`);

/** Whether a module is the program that Node was started with, rather than imported by it. */
export const isProgram = ({ url }) => url === pathToFileURL(path.resolve(process.argv[1] ?? '.')).href;

/** Runs a command's main function; what the user must know is printed without a stack. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
