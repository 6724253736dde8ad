import { subject } from '../case';
import { answerOf, answersOf, beIn, IN_STATE, jobOf, settle, settled } from '../steps';
import { bytesOf } from '../world';

// Job and file properties of BITS 5.0 and later, and random access.

const ID = 'BITS_JOB_PROPERTY_ID';

export const properties = subject('properties', [
  {
    id: 'defaults',
    title: 'What the properties of a new job are',
    source: ID,
    answer: {
      dynamicContent: false,
      highPerformance: false,
      onDemandMode: false,
      notificationClsid: null,
      minimumNotificationIntervalMs: 500,
      maxDownloadSize: null,
    },
    run: async (world) => {
      const job = await world.createJob();
      return answersOf({
        dynamicContent: () => job.getProperty('dynamicContent'),
        highPerformance: () => job.getProperty('highPerformance'),
        onDemandMode: () => job.getProperty('onDemandMode'),
        notificationClsid: () => job.getProperty('notificationClsid'),
        minimumNotificationIntervalMs: () => job.getProperty('minimumNotificationIntervalMs'),
        maxDownloadSize: () => job.getProperty('maxDownloadSize'),
      });
    },
  },
  {
    id: 'kept',
    title: 'Properties are read as they were set',
    source: ID,
    answer: {
      dynamicContent: true,
      maxDownloadSize: 1_000_000,
      costFlags: 'notRoaming',
      minimumNotificationIntervalMs: 2000,
    },
    run: async (world) => {
      const job = await world.createJob({ priority: 'foreground' });
      return answersOf({
        dynamicContent: () => job.setProperty('dynamicContent', true).then(() => job.getProperty('dynamicContent')),
        maxDownloadSize: () =>
          job.setProperty('maxDownloadSize', 1_000_000).then(() => job.getProperty('maxDownloadSize')),
        costFlags: () => job.setProperty('costFlags', 'notRoaming').then(() => job.getProperty('costFlags')),
        minimumNotificationIntervalMs: () =>
          job
            .setProperty('minimumNotificationIntervalMs', 2000)
            .then(() => job.getProperty('minimumNotificationIntervalMs')),
      });
    },
  },
  {
    id: 'after-add-file',
    title: 'highPerformance is set before the first file',
    source: `${ID} (BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE)`,
    answer: ['ok', 'BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE'],
    run: async (world) => {
      const empty = await world.createJob();
      const job = await jobOf(world, { 'a.bin': {} });
      return [
        await answerOf(empty.setProperty('highPerformance', true)),
        await answerOf(job.setProperty('highPerformance', true)),
      ];
    },
  },
  {
    id: 'after-resume',
    title: 'dynamicContent and maxDownloadSize are set before the first Resume',
    source: `${ID} (BG_E_READ_ONLY_PROPERTY_AFTER_RESUME)`,
    answer: {
      dynamicContent: 'BG_E_READ_ONLY_PROPERTY_AFTER_RESUME',
      maxDownloadSize: 'BG_E_READ_ONLY_PROPERTY_AFTER_RESUME',
      costFlags: 'ok',
      minimumNotificationIntervalMs: 'ok',
    },
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {} });
      return answersOf({
        dynamicContent: () => job.setProperty('dynamicContent', true),
        maxDownloadSize: () => job.setProperty('maxDownloadSize', 1),
        costFlags: () => job.setProperty('costFlags', 'always'),
        minimumNotificationIntervalMs: () => job.setProperty('minimumNotificationIntervalMs', 1000),
      });
    },
  },
  {
    id: 'downloads-only',
    title: 'Some properties are for downloads only',
    source: `${ID} (BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY)`,
    answer: {
      dynamicContent: 'BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY',
      highPerformance: 'BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY',
      maxDownloadSize: 'BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY',
      onDemandMode: 'BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY',
    },
    run: async (world) => {
      const job = await world.createJob({ type: 'upload' });
      return answersOf({
        dynamicContent: () => job.setProperty('dynamicContent', true),
        highPerformance: () => job.setProperty('highPerformance', true),
        maxDownloadSize: () => job.setProperty('maxDownloadSize', 1),
        onDemandMode: () => job.setProperty('onDemandMode', true),
      });
    },
  },
  {
    id: 'file-property-read-only',
    title: 'The headers of the answer cannot be set',
    source: 'BITS_FILE_PROPERTY_ID (BG_E_READ_ONLY_PROPERTY)',
    answer: 'BG_E_READ_ONLY_PROPERTY',
    run: async (world) => {
      const [file] = await (await jobOf(world, { 'a.bin': {} })).getFiles();
      return answerOf(file!.setProperty('httpResponseHeaders', 'X: y'));
    },
  },
  {
    id: 'validation-early',
    title: 'A file that has not finished cannot be declared valid: E_PENDING',
    source: 'IBackgroundCopyFile3::SetValidationState (E_PENDING)',
    answer: 'E_PENDING',
    run: async (world) => {
      const [file] = await (await jobOf(world, { 'a.bin': {} })).getFiles();
      return answerOf(file!.setValidationState(true));
    },
  },
  {
    id: 'validation-true',
    title: 'A finished file is declared valid, and says so',
    source: 'IBackgroundCopyFile3::SetValidationState, GetValidationState',
    answer: ['ok', true, 'transferred'],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {} });
      const [file] = await job.getFiles();
      return [
        await answerOf(file!.setValidationState(true)),
        await answerOf(file!.getValidationState()),
        await job.getState(),
      ];
    },
  },
  {
    id: 'validation-false',
    title: 'A file that is declared invalid puts its job into the state error; Resume fetches it again',
    source: 'IBackgroundCopyFile3::SetValidationState (BG_E_VALIDATION_FAILED)',
    answer: ['ok', 'error', 'BG_E_VALIDATION_FAILED', 'transferred', 2000],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {} });
      const [file] = await job.getFiles();
      const set = await answerOf(file!.setValidationState(false));
      if (set !== 'ok') return [set];
      await world.eventually(async () => (await job.getState()) === 'error', 5000);
      const [state, code] = [await job.getState(), (await job.failure())?.code ?? null];
      await job.resume();
      return [set, state, code, await settle(world, job), world.fetched('a.bin').total];
    },
  },
  {
    id: 'not-from-peer',
    title: 'A file comes from the server, not from a peer',
    source: 'IBackgroundCopyFile4::GetPeerDownloadStats; IBackgroundCopyFile3::IsDownloadedFromPeer',
    answer: [false, { fromOrigin: 1000, fromPeers: 0 }],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {} });
      const [file] = await job.getFiles();
      return [await answerOf(file!.isDownloadedFromPeer()), await answerOf(file!.getPeerDownloadStats())];
    },
  },
  {
    id: 'high-performance',
    title: 'A high-performance job writes to the target itself, before Complete',
    source: 'BITS_JOB_PROPERTY_HIGH_PERFORMANCE',
    answer: ['ok', 'transferred', ['a.bin']],
    run: async (world) => {
      const job = await world.createJob();
      const set = await answerOf(job.setProperty('highPerformance', true));
      if (set !== 'ok') return [set];
      await job.addFile(world.serve('a.bin'), world.path('a.bin'));
      await job.resume();
      return [set, await settle(world, job), [...(await world.names())]];
    },
  },
  {
    id: 'on-demand',
    title: 'An on-demand job fetches what it is asked for, and is suspended again',
    source: 'BITS_JOB_PROPERTY_ON_DEMAND_MODE; IBackgroundCopyFile6::RequestFileRanges',
    answer: { set: 'ok', requested: 'ok', state: 'suspended', filled: [{ offset: 100, length: 50 }], bytes: 50 },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 10_000 } });
      const set = await answerOf(job.setProperty('onDemandMode', true));
      if (set !== 'ok') return { set };
      await job.resume();
      const [file] = await job.getFiles();
      const requested = await answerOf(file!.requestFileRanges([{ offset: 100, length: 50 }]));
      await world.eventually(async () => (await file!.getFilledFileRanges()).length > 0, 10_000);
      await world.eventually(async () => (await job.getState()) === 'suspended', 10_000);
      return {
        set,
        requested,
        state: await job.getState(),
        filled: await answerOf(file!.getFilledFileRanges()),
        bytes: world.fetched('a.bin').distinct,
      };
    },
  },
  {
    id: 'on-demand-all',
    title: 'An on-demand job is transferred when every byte is there',
    source: 'BITS_JOB_PROPERTY_ON_DEMAND_MODE',
    answer: ['ok', 'transferred', true],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 10_000 } });
      const set = await answerOf(job.setProperty('onDemandMode', true));
      if (set !== 'ok') return [set];
      await job.resume();
      const [file] = await job.getFiles();
      await file!.requestFileRanges([{ offset: 0, length: 10_000 }]);
      await world.eventually(async () => (await job.getState()) === 'transferred', 10_000);
      const state = await job.getState();
      if (state === 'transferred') await job.complete();
      return [set, state, (await world.read('a.bin'))?.equals(bytesOf('a.bin', 10_000)) ?? false];
    },
  },
  {
    id: 'random-access-of-dynamic',
    title: 'There is no random access to dynamic content',
    source: 'IBackgroundCopyFile6::UpdateDownloadPosition (BG_E_RANDOM_ACCESS_NOT_SUPPORTED)',
    answer: ['ok', 'BG_E_RANDOM_ACCESS_NOT_SUPPORTED'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} }, { priority: 'foreground' });
      const set = await answerOf(job.setProperty('dynamicContent', true));
      const [file] = await job.getFiles();
      return [set, await answerOf(file!.updateDownloadPosition(100))];
    },
  },
  {
    id: 'position',
    title: 'The position of a download can be set at any time; the whole file comes all the same',
    source: 'IBackgroundCopyFile6::UpdateDownloadPosition',
    answer: ['ok', 'transferred', true],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 10_000 } });
      const [file] = await job.getFiles();
      const set = await answerOf(file!.updateDownloadPosition(5000));
      await job.resume();
      const state = await settle(world, job);
      await job.complete();
      return [set, state, (await world.read('a.bin'))?.equals(bytesOf('a.bin', 10_000)) ?? false];
    },
  },
  {
    id: 'certificate-callback-active',
    title: 'A certificate validator is not set while the job is active',
    source: 'IBackgroundCopyJobHttpOptions3::SetServerCertificateValidationInterface (BG_E_READ_ONLY_WHEN_JOB_ACTIVE)',
    answer: { suspended: 'ok', active: 'BG_E_READ_ONLY_WHEN_JOB_ACTIVE' },
    run: async (world) => {
      const suspended = await IN_STATE['suspended']!(world);
      const set = await answerOf(suspended.setServerCertificateValidationInterface(() => true));
      const job = await jobOf(world, { 'b.bin': { size: 40_000, slow: true } });
      await job.resume();
      await beIn(world, job, 'transferring');
      return { suspended: set, active: await answerOf(job.setServerCertificateValidationInterface(() => true)) };
    },
  },
]);
