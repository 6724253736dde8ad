import type { BitsJob } from '../../../lib';
import { subject } from '../case';
import type { Answer, Case } from '../case';
import { answerOf, answersOf, asAnswer, jobOf } from '../steps';
import type { World } from '../world';

// Settings of a job: what they are at first, and what is read after they were set.

/** A setting: its value in a new job, and the value that it is given. */
interface Setting {
  readonly name: string;
  readonly source: string;
  readonly atFirst: Answer;
  readonly then: Answer;
  get(job: BitsJob, world: World): Promise<unknown>;
  set(job: BitsJob, world: World): Promise<unknown>;
}

const SETTINGS: readonly Setting[] = [
  {
    name: 'priority',
    source: 'IBackgroundCopyJob::SetPriority (default BG_JOB_PRIORITY_NORMAL)',
    atFirst: 'normal',
    then: 'low',
    get: (job) => job.getPriority(),
    set: (job) => job.setPriority('low'),
  },
  {
    name: 'display-name',
    source: 'IBackgroundCopyJob::SetDisplayName',
    atFirst: 'named',
    then: 'changed',
    get: (job) => job.getDisplayName(),
    set: (job) => job.setDisplayName('changed'),
  },
  {
    name: 'description',
    source: 'IBackgroundCopyJob::SetDescription',
    atFirst: '',
    then: 'a description',
    get: (job) => job.getDescription(),
    set: (job) => job.setDescription('a description'),
  },
  {
    name: 'notify-flags',
    source: 'IBackgroundCopyJob::SetNotifyFlags',
    atFirst: ['jobTransferred', 'jobError'],
    then: ['jobModification'],
    get: (job) => job.getNotifyFlags(),
    set: (job) => job.setNotifyFlags(['jobModification']),
  },
  {
    name: 'minimum-retry-delay',
    source: 'IBackgroundCopyJob::SetMinimumRetryDelay (default 600 seconds)',
    atFirst: 600,
    then: 120,
    get: (job) => job.getMinimumRetryDelay(),
    set: (job) => job.setMinimumRetryDelay(120),
  },
  {
    name: 'no-progress-timeout',
    source: 'IBackgroundCopyJob::SetNoProgressTimeout (default 1,209,600 seconds)',
    atFirst: 1_209_600,
    then: 3600,
    get: (job) => job.getNoProgressTimeout(),
    set: (job) => job.setNoProgressTimeout(3600),
  },
  {
    name: 'proxy',
    source: 'IBackgroundCopyJob::SetProxySettings (default BG_JOB_PROXY_USAGE_PRECONFIG)',
    atFirst: { usage: 'preconfig', proxyList: null, proxyBypassList: null },
    then: { usage: 'override', proxyList: 'proxy.example.com:8080', proxyBypassList: '<local>' },
    get: (job) => job.getProxySettings(),
    set: (job) => job.setProxySettings('override', 'proxy.example.com:8080', '<local>'),
  },
  {
    name: 'file-acl-flags',
    source: 'IBackgroundCopyJob3::SetFileACLFlags',
    atFirst: [],
    then: ['owner', 'dacl'],
    get: (job) => job.getFileACLFlags(),
    set: (job) => job.setFileACLFlags(['owner', 'dacl']),
  },
  {
    name: 'maximum-download-time',
    source: 'IBackgroundCopyJob4::SetMaximumDownloadTime (default 90 days)',
    atFirst: 7_776_000,
    then: 3600,
    get: (job) => job.getMaximumDownloadTime(),
    set: (job) => job.setMaximumDownloadTime(3600),
  },
  {
    name: 'headers',
    source: 'IBackgroundCopyJobHttpOptions::SetCustomHeaders',
    atFirst: [],
    then: [
      ['X-One', '1'],
      ['X-Two', 'zwei'],
    ],
    get: (job) => job.getCustomHeaders(),
    set: (job) => job.setCustomHeaders({ 'X-One': '1', 'X-Two': 'zwei' }),
  },
  {
    name: 'security-flags',
    source: 'IBackgroundCopyJobHttpOptions::SetSecurityFlags',
    atFirst: [],
    then: ['enableCrlCheck', 'redirectDisallow'],
    get: (job) => job.getSecurityFlags(),
    set: (job) => job.setSecurityFlags(['enableCrlCheck', 'redirectDisallow']),
  },
  {
    name: 'http-method',
    source: 'IBackgroundCopyJobHttpOptions2::SetHttpMethod',
    atFirst: 'GET',
    then: 'PUT',
    get: (job) => job.getHttpMethod(),
    set: (job) => job.setHttpMethod('PUT'),
  },
  {
    name: 'notify-interface',
    source: 'IBackgroundCopyJob::SetNotifyInterface; GetNotifyInterface',
    atFirst: null,
    then: 'own',
    get: (job) => job.getNotifyInterface(),
    set: (job) => job.setNotifyInterface({}),
  },
  {
    name: 'peer-caching-flags',
    source: 'IBackgroundCopyJob4::SetPeerCachingFlags',
    atFirst: [],
    then: ['enableClient'],
    get: (job) => job.getPeerCachingFlags(),
    set: (job) => job.setPeerCachingFlags(['enableClient']),
  },
  {
    name: 'helper-token-flags',
    source: 'IBitsTokenOptions::SetHelperTokenFlags',
    atFirst: [],
    then: ['localFile', 'network'],
    get: (job) => job.getHelperTokenFlags(),
    set: (job) => job.setHelperTokenFlags(['localFile', 'network']),
  },
];

const cases: readonly Case[] = SETTINGS.map(({ name, source, atFirst, then, get, set }) => ({
  id: name,
  title: `${name.replaceAll('-', ' ')}: the value of a new job, and the one it was given`,
  source,
  answer: { atFirst, set: 'ok', then },
  run: async (world) => {
    const job = await world.createJob({ name: 'named' });
    return answersOf({ atFirst: () => get(job, world), set: () => set(job, world), then: () => get(job, world) });
  },
}));

export const settings = subject('settings', [
  ...cases,
  {
    id: 'from-creation',
    title: 'What a job is created with is read from it',
    source: 'IBackgroundCopyManager::CreateJob',
    answer: { name: 'n', description: 'd', priority: 'high', type: 'download', files: 1 },
    run: async (world) => {
      const files = [{ url: world.serve('a.bin'), path: world.path('a.bin') }];
      const job = await world.createJob({ name: 'n', description: 'd', priority: 'high', files });
      return answersOf({
        name: () => job.getDisplayName(),
        description: () => job.getDescription(),
        priority: () => job.getPriority(),
        type: () => job.getType(),
        files: () => job.getFiles().then((all) => all.length),
      });
    },
  },
  {
    id: 'types',
    title: 'Each type of job is what it was created as',
    source: 'BG_JOB_TYPE; IBackgroundCopyJob::GetType',
    answer: ['download', 'upload', 'uploadReply'],
    run: async (world) => {
      const typeOf = async (type: 'download' | 'upload' | 'uploadReply') =>
        answerOf((await world.createJob({ type })).getType());
      return [await typeOf('download'), await typeOf('upload'), await typeOf('uploadReply')];
    },
  },
  {
    id: 'headers-removed',
    title: 'Headers are removed with NULL',
    source: 'IBackgroundCopyJobHttpOptions::SetCustomHeaders',
    answer: ['ok', []],
    run: async (world) => {
      const job = await world.createJob();
      await job.setCustomHeaders({ 'X-One': '1' });
      return [await answerOf(job.setCustomHeaders(null)), await answerOf(job.getCustomHeaders())];
    },
  },
  {
    id: 'headers-write-only',
    title: 'Headers that were made write-only are sent, and not read',
    source: 'IBackgroundCopyJobHttpOptions3::MakeCustomHeadersWriteOnly',
    answer: { made: 'ok', read: 'E_ACCESSDENIED', sent: true },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      await job.setCustomHeaders({ 'X-Secret': '1' });
      const made = await answerOf(job.makeCustomHeadersWriteOnly());
      const read = await answerOf(job.getCustomHeaders());
      await job.resume();
      await world.eventually(async () => (await job.getState()) === 'transferred');
      return { made, read, sent: world.asked('a.bin').every(({ headers }) => headers['x-secret'] === '1') };
    },
  },
  {
    id: 'credentials',
    title: 'Credentials are set and removed by target and scheme; removing what is not there is a success',
    source: 'IBackgroundCopyJob2::SetCredentials, RemoveCredentials',
    answer: { set: 'ok', remove: 'ok', again: 'ok' },
    run: async (world) => {
      const job = await world.createJob();
      return answersOf({
        set: () => job.setCredentials({ target: 'server', scheme: 'basic', userName: 'u', password: 'p' }),
        remove: () => job.removeCredentials('server', 'basic'),
        again: () => job.removeCredentials('server', 'basic'),
      });
    },
  },
  {
    id: 'certificate-none',
    title: 'A job has no client certificate at first',
    source: 'IBackgroundCopyJobHttpOptions::GetClientCertificate (RPC_X_BAD_STUB_DATA)',
    answer: null,
    run: async (world) => answerOf((await world.createJob()).getClientCertificate()),
  },
  {
    id: 'method-late',
    title: 'The method of a job cannot be changed once it was resumed',
    source: 'IBackgroundCopyJobHttpOptions2::SetHttpMethod',
    answer: 'refused',
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      await job.resume();
      await world.eventually(async () => (await job.getState()) === 'transferred');
      const answer = await answerOf(job.setHttpMethod('PUT'));
      return answer === 'ok' || answer === 'E_NOINTERFACE' ? answer : 'refused';
    },
  },
  {
    id: 'notify-command-none',
    title: 'A job has no notification program at first',
    source: 'IBackgroundCopyJob2::GetNotifyCmdLine',
    answer: { program: null, parameters: null },
    run: async (world) => answerOf((await world.createJob()).getNotifyCmdLine()),
  },
  {
    id: 'interface-by-version',
    title: 'A job of this BITS has the newest interfaces',
    source: "What's New (BITS 10.3)",
    answer: true,
    run: async (world) => {
      const { interfaces } = await world.bits.capabilities;
      return ['IBackgroundCopyJob5', 'IBackgroundCopyJobHttpOptions3', 'IBackgroundCopyFile6'].every((name) =>
        interfaces.has(name),
      );
    },
  },
  {
    id: 'listed',
    title: 'A new job is in the list of its owner',
    source: 'IBackgroundCopyManager::EnumJobs',
    answer: true,
    run: async (world) => {
      const job = await world.createJob();
      return (await world.bits.getJobs()).some(({ id }) => id === job.id);
    },
  },
  {
    id: 'unknown-id',
    title: 'A job that does not exist: BG_E_NOT_FOUND',
    source: 'IBackgroundCopyManager::GetJob',
    answer: 'BG_E_NOT_FOUND',
    run: async (world) => answerOf(world.bits.getJob('01234567-89ab-cdef-0123-456789abcdef')),
  },
  {
    id: 'id',
    title: 'A job tells the id by which it is found',
    source: 'IBackgroundCopyJob::GetId',
    answer: true,
    run: async (world) => {
      const job = await world.createJob();
      const found = await world.bits.getJob(job.id);
      return asAnswer((await found.getId()) === job.id && found.id === job.id);
    },
  },
]);
