import { once } from 'node:events';
import path from 'node:path';
import type { DownloadOptions } from '../../lib';
import type { Simulation } from '../../lib/testing';
import { run, startNode } from './process';

/** A program that goes on until it is killed. */
export interface OtherProgram {
  /** Ends it as the task manager does. */
  kill(): Promise<void>;
}

/** What other programs of the same user do with the queue. */
export interface Elsewhere {
  cancel(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  /** Registers callbacks on a job. */
  register(id: string): Promise<OtherProgram>;
  /** Begins a download, and goes on until bytes move. */
  download(options: DownloadOptions): Promise<OtherProgram & { readonly jobId: string }>;
}

const script = (name: string) => path.join(__dirname, `${name}.js`);

async function startScript(name: string, argument: string): Promise<OtherProgram & { readonly said: string }> {
  const child = await startNode([script(name), argument]);
  child.stderr.pipe(process.stderr);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const ended = once(child, 'exit');
  return {
    said: line.toString().trim(),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Processes of their own. */
export const processes: Elsewhere = {
  cancel: async (id) => {
    await run(process.execPath, [script('cancel_job'), id]);
  },
  resume: async (id) => {
    await run(process.execPath, [script('resume_job'), id]);
  },
  register: (id) => startScript('register_child', id),
  download: async (options) => {
    const { said, kill } = await startScript('download_child', JSON.stringify(options));
    return { jobId: said, kill };
  },
};

/** Programs of a simulated computer. */
export function programsOf(sim: Simulation): Elsewhere {
  const start = async () => {
    const program = sim.asUser('user');
    const kill = () => {
      program.kill();
      return Promise.resolve();
    };
    return { bits: await program.connect(), kill };
  };
  const use = async (id: string, what: 'cancel' | 'resume') => {
    const { bits, kill } = await start();
    await (await bits.getJob(id))[what]();
    await kill();
  };
  return {
    cancel: (id) => use(id, 'cancel'),
    resume: (id) => use(id, 'resume'),
    register: async (id) => {
      const { bits, kill } = await start();
      await (await bits.getJob(id)).setNotifyInterface({ jobTransferred: () => undefined });
      return { kill };
    },
    download: async (options) => {
      const { bits, kill } = await start();
      const jobId = await new Promise<string>((resolve, reject) => {
        const onProgress: DownloadOptions['onProgress'] = (progress) => {
          if (progress.bytes > 0) resolve(progress.jobId);
        };
        bits.download({ ...options, onProgress }).catch(reject);
      });
      return { jobId, kill };
    },
  };
}
