import type { BitsJob } from '../../../lib';
import { subject } from '../case';
import { answerOf, asAnswer, settle } from '../steps';
import { bytesOf } from '../world';
import type { World } from '../world';

// Uploads by the BITS upload protocol, with and without a reply.

const appOf = (world: World) => `contract ${world.folder.slice(-6)}`;
const REPLY = 'Retrieving the Reply from an Upload-Reply Job';

async function upload(
  world: World,
  type: 'upload' | 'uploadReply',
  options: { readonly reply?: Buffer; readonly status?: number; readonly size?: number } = {},
): Promise<BitsJob> {
  await world.write('up.bin', bytesOf('up.bin', options.size ?? 5000));
  const url = await world.uploads.serve('up', options);
  return world.createJob({ type, files: [{ url, path: world.path('up.bin') }] });
}

export const uploads = subject('uploads', [
  {
    id: 'arrives',
    title: 'An uploaded file is on the server once its job is transferred; the local one stays',
    source: 'BITS Upload Protocol; IBackgroundCopyJob::Complete',
    needs: ['uploads'],
    answer: ['transferred', true, 'complete', true],
    run: async (world) => {
      const job = await upload(world, 'upload');
      await job.resume();
      const state = await settle(world, job);
      const sent = bytesOf('up.bin', 5000);
      const isThere = world.uploads.received('up')?.equals(sent) ?? false;
      const completed = await answerOf(job.complete());
      return [state, isThere, completed, (await world.read('up.bin'))?.equals(sent) ?? false];
    },
  },
  {
    id: 'progress',
    title: 'All of an upload is transferred at the end, and counted',
    source: 'BG_JOB_PROGRESS',
    needs: ['uploads'],
    answer: { bytesTotal: 5000, bytesTransferred: 5000, filesTotal: 1, filesTransferred: 1 },
    run: async (world) => {
      const job = await upload(world, 'upload');
      await job.resume();
      await settle(world, job);
      return asAnswer(await job.getProgress());
    },
  },
  {
    id: 'large',
    title: 'A file of several fragments arrives whole',
    source: 'BITS Upload Protocol (Fragment)',
    needs: ['uploads'],
    answer: ['transferred', true],
    run: async (world) => {
      const size = 3_000_000;
      const job = await upload(world, 'upload', { size });
      await job.resume();
      return [await settle(world, job), world.uploads.received('up')?.equals(bytesOf('up.bin', size)) ?? false];
    },
  },
  {
    id: 'complete-early',
    title: 'An upload cannot be completed before it is transferred',
    source: 'IBackgroundCopyJob::Complete (BG_E_INVALID_STATE)',
    needs: ['uploads'],
    answer: ['BG_E_INVALID_STATE', 'suspended'],
    run: async (world) => {
      const job = await upload(world, 'upload');
      return [await answerOf(job.complete()), await job.getState()];
    },
  },
  {
    id: 'refused',
    title: 'An upload that the server forbids is in the state error',
    source: 'BITS Upload Protocol; BITS Return Values (BG_E_HTTP_ERROR_403)',
    needs: ['uploads'],
    answer: ['error', 'BG_E_HTTP_ERROR_403'],
    run: async (world) => {
      const job = await upload(world, 'upload', { status: 403 });
      await job.resume();
      return [await settle(world, job), (await job.failure())?.code ?? null];
    },
  },
  {
    id: 'reply',
    title: 'The reply of an upload-reply job arrives under the name that was set before Resume',
    source: `${REPLY}; IBackgroundCopyJob2::SetReplyFileName`,
    needs: ['uploads'],
    answer: { name: true, state: 'transferred', data: 'thanks', completed: 'complete', file: 'thanks' },
    run: async (world) => {
      const job = await upload(world, 'uploadReply', { reply: Buffer.from('thanks') });
      await job.setReplyFileName(world.path('reply.txt'));
      const name = (await job.getReplyFileName()) === world.path('reply.txt');
      await job.resume();
      const state = await settle(world, job);
      const data = await job.getReplyData().then(
        (bytes) => Buffer.from(bytes).toString(),
        () => 'none',
      );
      const completed = await answerOf(job.complete());
      return { name, state, data, completed, file: (await world.read('reply.txt'))?.toString() ?? null };
    },
  },
  {
    id: 'reply-progress',
    title: 'The progress of the reply is counted apart',
    source: 'IBackgroundCopyJob2::GetReplyProgress; BG_JOB_REPLY_PROGRESS',
    needs: ['uploads'],
    answer: { before: { bytesTotal: null, bytesTransferred: 0 }, after: { bytesTotal: 6, bytesTransferred: 6 } },
    run: async (world) => {
      const job = await upload(world, 'uploadReply', { reply: Buffer.from('thanks') });
      const before = asAnswer(await job.getReplyProgress());
      await job.resume();
      await settle(world, job);
      return { before, after: asAnswer(await job.getReplyProgress()) };
    },
  },
  {
    id: 'reply-early',
    title: 'There is no reply to read before the job is transferred',
    source: 'IBackgroundCopyJob2::GetReplyData (BG_E_INVALID_STATE)',
    needs: ['uploads'],
    answer: 'BG_E_INVALID_STATE',
    run: async (world) => answerOf((await upload(world, 'uploadReply')).getReplyData()),
  },
  {
    id: 'no-reply-of-upload',
    title: 'A plain upload and a download have no reply',
    source: 'IBackgroundCopyJob2::GetReplyProgress, SetReplyFileName, GetReplyFileName, GetReplyData (E_NOTIMPL)',
    answer: ['E_NOTIMPL', 'E_NOTIMPL', 'E_NOTIMPL', 'E_NOTIMPL'],
    run: async (world) => {
      const download = await world.createJob();
      const plain = await world.createJob({ type: 'upload' });
      return [
        await answerOf(download.getReplyProgress()),
        await answerOf(plain.setReplyFileName(world.path('reply.txt'))),
        await answerOf(plain.getReplyFileName()),
        await answerOf(download.getReplyData()),
      ];
    },
  },
  {
    id: 'local-file-changed',
    title: 'A file that changes while it is uploaded: BG_E_LOCAL_FILE_CHANGED, which Resume cannot mend',
    source: 'File Transfer Consistency (BG_E_LOCAL_FILE_CHANGED)',
    needs: ['uploads', 'clock', 'network'],
    answer: ['error', 'BG_E_LOCAL_FILE_CHANGED', 'error'],
    run: async (world) => {
      world.network.bandwidth(1000);
      const job = await upload(world, 'upload', { size: 20_000 });
      await job.resume();
      await world.eventually(async () => (await job.getState()) === 'transferring');
      await job.suspend();
      await world.write('up.bin', bytesOf('changed', 21_000));
      await job.resume();
      const state = await settle(world, job, 120_000);
      const code = (await job.failure())?.code ?? null;
      await job.resume();
      return [state, code, await settle(world, job, 120_000)];
    },
  },
  {
    id: 'library',
    title: 'upload() sends the file and gives the reply, and no job is left',
    source: 'windows-bits: bits.upload()',
    needs: ['uploads'],
    answer: [true, 0],
    run: async (world) => {
      const sent = bytesOf('up.bin', 5000);
      await world.write('up.bin', sent);
      const url = await world.uploads.serve('up');
      await world.bits.upload({ url, path: world.path('up.bin'), app: appOf(world) });
      return [
        world.uploads.received('up')?.equals(sent) ?? false,
        (await world.bits.reap({ app: appOf(world), olderThan: 0 })).length,
      ];
    },
  },
]);
