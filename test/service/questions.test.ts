import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { BitsError, codeOf } from '../../lib';
import type { BitsJob } from '../../lib';
import type { NativeFailure } from '../../lib/contract/addon';
import { loadAddon } from '../../lib/native/load';
import { expectedOn, milliseconds } from '../support/expected_on';
import { note, printAnswers } from '../support/answers';
import { startNode } from '../support/process';
import { holdFile, reach, useService } from '../support/service';
import { until } from '../support/until';

// What the documentation does not settle, asked of the service that is there. On Windows the answers are printed, for
// docs/windows-questions.md, which says what depends on them; what Wine's service answers is known.

const at = useService();
afterAll(printAnswers);

/** Asks one question: a heading of docs/windows-questions.md. */
function ask(question: string, work: () => Promise<unknown>, onWine: unknown): void {
  test(question, async () => {
    const answer = await work();
    note(question, answer);
    expect(answer).toBeDefined();
    expect(answer).toEqual(expectedOn({ windows: answer, wine: onWine })); // on Windows any will do
  });
}

/** What a call answers: its value, or the code of its error. */
const answerOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (value) => value ?? 'S_OK',
    (error: unknown) => (error instanceof BitsError ? error.code : String(error)),
  );

const body = randomBytes(1000);
const url = () => at.serve('asked.bin', body).url;
const target = (name = 'asked.bin') => path.join(at.folder, name);
const newJob = () => at.createJob({ files: [{ url: url(), path: target() }] });

/** Adds a file as the path is, which the library may change or refuse. */
async function addUnchecked(job: BitsJob, localName: string): Promise<unknown> {
  const addon = loadAddon();
  const manager = addon.openManager();
  const { handle } = await addon.manager.getJob(manager, job.id);
  const added = addon.job.addFileSet(handle, [{ remoteName: url(), localName }]);
  const answer = await added.then(
    () => 'S_OK',
    (failure: unknown) => codeOf((failure as NativeFailure).hresult),
  );
  addon.releaseManager(manager);
  return answer;
}

async function transferred(): Promise<BitsJob> {
  const job = await newJob();
  await job.resume();
  await reach(job, 'transferred');
  return job;
}
async function failed(): Promise<BitsJob> {
  const job = await at.createJob({ files: [{ url: at.server.url('/none'), path: target() }] });
  await job.resume();
  await reach(job, 'error');
  return job;
}
async function acknowledged(): Promise<BitsJob> {
  const job = await transferred();
  await job.complete();
  return job;
}
async function cancelled(): Promise<BitsJob> {
  const job = await newJob();
  await job.cancel();
  return job;
}

describe('callbacks', () => {
  ask(
    'GetNotifyInterface after the process that registered was killed',
    async () => {
      const job = await newJob();
      const child = await startNode([path.join(__dirname, '../support/register_child.js'), job.id]);
      await once(child.stdout, 'data');
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      return answerOf(job.getNotifyInterface().then((owner) => owner ?? 'nobody'));
    },
    'nobody',
  );

  ask(
    'A job without notification program',
    async () => {
      const job = await newJob();
      return {
        line: await answerOf(job.getNotifyCmdLine()),
        clsid: await answerOf(job.getProperty('notificationClsid')),
      };
    },
    { line: 'E_NOTIMPL', clsid: 'E_NOINTERFACE' },
  );
});

describe('states', () => {
  ask(
    'Suspend on a job in ERROR',
    async () => {
      const job = await failed();
      return [await answerOf(job.suspend()), await job.getState()];
    },
    ['E_NOTIMPL', 'error'],
  );

  ask(
    'Suspend on a job in TRANSFERRED',
    async () => {
      const job = await transferred();
      return [await answerOf(job.suspend()), await job.getState()];
    },
    ['E_NOTIMPL', 'transferred'],
  );

  ask(
    'Resume on a job in TRANSFERRED without new files',
    async () => {
      const job = await transferred();
      return [await answerOf(job.resume()), await job.getState()];
    },
    ['BG_E_EMPTY', 'transferred'],
  );

  ask(
    'Complete on an empty job',
    async () => {
      const job = await at.createJob();
      return [await answerOf(job.complete()), await answerOf(job.getState())];
    },
    ['complete', 'acknowledged'],
  );

  ask(
    'SetHttpMethod after Resume',
    async () => {
      const job = await transferred();
      return answerOf(job.setHttpMethod('GET'));
    },
    'E_NOINTERFACE',
  );

  describe.each([
    ['acknowledged', acknowledged],
    ['cancelled', cancelled],
  ] as const)('%s', (state, make) => {
    ask(
      `Getters on an ended job, ${state}`,
      async () => {
        const job = await make();
        const answers: Record<string, unknown> = {};
        for (const name of [
          'getState',
          'getProgress',
          'getTimes',
          'getError',
          'getDisplayName',
          'getOwner',
          'getPriority',
          'getErrorCount',
          'getFiles',
          'getNotifyInterface',
          'getNotifyFlags',
          'snapshot',
        ] as const) {
          const answer = await answerOf(job[name]());
          answers[name] = typeof answer === 'string' ? answer : 'a value';
        }
        return answers;
      },
      {
        getState: state,
        getProgress: 'a value',
        getTimes: 'E_NOTIMPL',
        getError: 'BG_E_ERROR_INFORMATION_UNAVAILABLE',
        getDisplayName: expect.stringContaining('windows-bits test'),
        getOwner: 'E_NOTIMPL',
        getPriority: 'E_NOTIMPL',
        getErrorCount: 'E_NOTIMPL',
        getFiles: 'a value',
        getNotifyInterface: 'S_OK',
        getNotifyFlags: 'a value',
        snapshot: 'a value',
      },
    );

    ask(
      `Changes on an ended job, ${state}`,
      async () => {
        const job = await make();
        return {
          addFile: await answerOf(job.addFile(url(), target('more.bin'))),
          setCredentials: await answerOf(
            job.setCredentials({ target: 'server', scheme: 'basic', userName: 'u', password: 'p' }),
          ),
          setSecurityFlags: await answerOf(job.setSecurityFlags([])),
          setPeerCachingFlags: await answerOf(job.setPeerCachingFlags([])),
          setMaximumDownloadTime: await answerOf(job.setMaximumDownloadTime(60)),
          setNotifyInterface: await answerOf(job.setNotifyInterface(null)),
        };
      },
      {
        addFile: 'S_OK',
        setCredentials: 'S_OK',
        setSecurityFlags: 'S_OK',
        setPeerCachingFlags: 'S_OK',
        setMaximumDownloadTime: 'S_OK',
        setNotifyInterface: 'BG_E_INVALID_STATE',
      },
    );
  });
});

describe('files', () => {
  ask(
    'The local name of a file that was added with slashes',
    async () => {
      const job = await at.createJob();
      const slashes = target().replaceAll('\\', '/');
      const added = await addUnchecked(job, slashes);
      const [file] = await job.getFiles();
      return {
        added,
        name:
          file === undefined
            ? null
            : (await file.getLocalName()).replace(at.folder, '…').replace(slashes, 'as it was added'),
      };
    },
    { added: 'S_OK', name: 'as it was added' },
  );

  ask(
    'The local name of a file that was added by a short path',
    async () => {
      const job = await at.createJob();
      const short = path.join(process.env['TEMP'] ?? at.folder, path.basename(at.folder), 'asked.bin');
      const added = await addUnchecked(job, short);
      const [file] = await job.getFiles();
      const name = await file?.getLocalName();
      return { added, name: name === short ? 'as it was added' : name === target() ? 'the long one' : (name ?? null) };
    },
    { added: 'S_OK', name: 'as it was added' },
  );

  ask(
    'GetTemporaryName before the transfer begins',
    async () => {
      const [file] = await (await newJob()).getFiles();
      return answerOf(file!.getTemporaryName());
    },
    'E_NOINTERFACE',
  );

  ask(
    'What is left beside the target when Cancel has returned',
    async () => {
      const job = await at.createJob({
        files: [
          { url: at.serve('long.bin', randomBytes(50_000), { chunk: 2500, delay: 40 }).url, path: target('long.bin') },
        ],
      });
      await job.resume();
      await reach(job, 'transferring');
      const result = await job.cancel();
      return [result, fs.readdirSync(at.folder)];
    },
    ['undeletedFiles', []],
  );

  ask(
    'Complete where the target is open, and shared for deleting',
    async () => {
      fs.writeFileSync(target(), 'old');
      const job = await transferred();
      const open = fs.openSync(target(), 'r+');
      const answer = await answerOf(job.complete());
      fs.closeSync(open);
      fs.rmSync(target(), { force: true });
      return answer;
    },
    'partial',
  );

  ask(
    'Complete where the target is open, and not shared',
    async () => {
      fs.writeFileSync(target(), 'old');
      const job = await transferred();
      const held = holdFile(target());
      const answers = [await answerOf(job.complete()), await job.getState()];
      held.release();
      fs.rmSync(target(), { force: true });
      return answers;
    },
    ['partial', 'acknowledged'],
  );

  ask(
    'A folder of 248 characters, with a file name of 5',
    async () => {
      const folder = path.join(at.folder, 'x'.repeat(247 - at.folder.length));
      fs.mkdirSync(folder);
      const job = await at.createJob();
      const added = await addUnchecked(job, path.join(folder, 'a.bin'));
      if (added !== 'S_OK') return [added];
      await job.resume();
      await until(async () => ['transferred', 'error'].includes(await job.getState()));
      return [added, await job.getState(), (await job.failure())?.code ?? null];
    },
    ['S_OK', 'transferred', null],
  );
});

describe('HTTP', () => {
  ask(
    'The requests for a small file',
    async () => {
      const { url: address } = at.serve('requests.bin', body);
      const job = await at.createJob({ files: [{ url: address, path: target('requests.bin') }] });
      await job.resume();
      await reach(job, 'transferred');
      return at.server.requests
        .filter((asked) => asked.url === '/requests.bin')
        .map(({ method, headers }) => [
          method,
          ...Object.keys(headers)
            .filter((name) => /range|^if-|encoding/.test(name))
            .map((name) => `${name}: ${String(headers[name])}`),
        ]);
    },
    [['GET']],
  );

  ask(
    'How the bytes of a slow file are counted',
    async () => {
      const { url: address } = at.serve('counted.bin', randomBytes(40_000), {
        chunk: 2000,
        delay: milliseconds({ windows: 100, others: 20 }),
      });
      const job = await at.createJob({ files: [{ url: address, path: target('counted.bin') }] });
      const counts = new Set<number>();
      await job.resume();
      await until(async () => {
        counts.add((await job.getProgress()).bytesTransferred);
        return (await job.getState()) === 'transferred';
      });
      return counts.size > 3 ? 'as they come' : [...counts];
    },
    'as they come',
  );

  ask(
    'Whether custom headers follow a redirect to another server',
    async () => {
      const { url: address } = at.serve('moved.bin', body);
      at.server.files.set('/redirect.bin', { redirect: address.replace('127.0.0.1', 'localhost') });
      const job = await at.createJob({ files: [{ url: at.server.url('/redirect.bin'), path: target('moved.bin') }] });
      await job.setCustomHeaders({ Authorization: 'Bearer secret', 'X-Asked': 'yes' });
      await job.resume();
      await until(async () => ['transferred', 'error', 'transientError'].includes(await job.getState()));
      const asked = at.server.requests.filter(({ url: requested }) => requested === '/moved.bin');
      return {
        state: await job.getState(),
        authorization: asked.map(({ headers }) => headers.authorization !== undefined),
        other: asked.map(({ headers }) => headers['x-asked'] !== undefined),
      };
    },
    { state: 'transferred', authorization: [true], other: [true] },
  );

  ask(
    '407 from the server itself',
    async () => {
      at.server.files.set('/407', { status: 407 });
      const job = await at.createJob({ files: [{ url: at.server.url('/407'), path: target('407') }] });
      await job.resume();
      await until(async () => ['transferred', 'error', 'transientError'].includes(await job.getState()));
      const failure = await job.failure();
      return [await job.getState(), failure?.code, failure?.context];
    },
    ['error', 'BG_E_HTTP_ERROR_407', 'remoteFile'],
  );
});

ask(
  'How long a job takes to be created and cancelled, in milliseconds',
  async () => {
    const started = performance.now();
    for (let i = 0; i < 20; i++) await (await at.bits.createJob({ name: `question ${i}` })).cancel();
    return Math.round((performance.now() - started) / 20);
  },
  expect.any(Number),
);
