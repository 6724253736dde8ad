import { subject } from '../case';
import { answerOf, answersOf, jobOf } from '../steps';

// Whose job it is, who may do what with it, and how many a user may have.

const UAC = 'User Account Control and BITS';

export const ownership = subject('ownership', [
  {
    id: 'sid',
    title: 'The owner of a job is the user who made it, by his security identifier',
    source: 'IBackgroundCopyJob::GetOwner',
    answer: true,
    run: async (world) => {
      const owner = await answerOf((await world.createJob()).getOwner());
      return typeof owner === 'string' && owner.startsWith('S-1-') ? true : owner;
    },
  },
  {
    id: 'elevation',
    title: 'A job knows whether its owner was elevated, and at which integrity level',
    source: 'IBackgroundCopyJob4::GetOwnerElevationState, GetOwnerIntegrityLevel',
    needs: ['users'],
    answer: { standard: [false, 0x2000], elevated: [true, 0x3000] },
    run: async (world) => {
      const about = async (elevated: boolean) => {
        const bits = await world.users.connect({ administrator: elevated, elevated });
        const job = await bits.createJob({ name: 'level' });
        return [await answerOf(job.getOwnerElevationState()), await answerOf(job.getOwnerIntegrityLevel())];
      };
      return { standard: await about(false), elevated: await about(true) };
    },
  },
  {
    id: 'others-job',
    title: 'A standard user does not get the job of another user',
    source: 'IBackgroundCopyManager::GetJob; Users and Network Connections',
    needs: ['users'],
    answer: 'E_ACCESSDENIED',
    run: async (world) => {
      const job = await world.createJob();
      const other = await world.users.connect({ name: 'other' });
      return answerOf(async () => (await other.getJob(job.id)).getState());
    },
  },
  {
    id: 'others-list',
    title: 'Jobs of other users are listed for elevated administrators only',
    source: 'IBackgroundCopyManager::EnumJobs (BG_JOB_ENUM_ALL_USERS)',
    needs: ['users'],
    answer: { own: 0, standard: 'E_ACCESSDENIED', notElevated: 'E_ACCESSDENIED', elevated: 1 },
    run: async (world) => {
      await world.createJob();
      const other = await world.users.connect({ name: 'other' });
      const filtered = await world.users.connect({ name: 'boss', administrator: true });
      const elevated = await world.users.connect({ name: 'boss', administrator: true, elevated: true });
      const count = async (list: Promise<readonly unknown[]>) => answerOf(list.then((jobs) => jobs.length));
      return {
        own: await count(other.getJobs()),
        standard: await count(other.getJobs({ allUsers: true })),
        notElevated: await count(filtered.getJobs({ allUsers: true })),
        elevated: await count(elevated.getJobs({ allUsers: true })),
      };
    },
  },
  {
    id: 'administrator-may',
    title: 'An elevated administrator may change and cancel the job of a user',
    source: 'Setting and Retrieving the Properties of a Job',
    needs: ['users'],
    answer: { setPriority: 'ok', cancel: 'cancelled' },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const boss = await world.users.connect({ name: 'boss', administrator: true, elevated: true });
      const same = await boss.getJob(job.id);
      return answersOf({ setPriority: () => same.setPriority('high'), cancel: () => same.cancel() });
    },
  },
  {
    id: 'owner-alone',
    title: 'Credentials, client certificates and headers are for the owner alone',
    source: 'IBackgroundCopyJob2::SetCredentials; IBackgroundCopyJobHttpOptions (E_ACCESSDENIED)',
    needs: ['users'],
    answer: { setCredentials: 'E_ACCESSDENIED', setCustomHeaders: 'E_ACCESSDENIED' },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const boss = await world.users.connect({ name: 'boss', administrator: true, elevated: true });
      const same = await boss.getJob(job.id);
      return answersOf({
        setCredentials: () => same.setCredentials({ target: 'server', scheme: 'basic', userName: 'u', password: 'p' }),
        setCustomHeaders: () => same.setCustomHeaders({ 'X-A': 'b' }),
      });
    },
  },
  {
    id: 'elevated-job',
    title: 'A job of an elevated program cannot be had by a program of the same user that is not elevated',
    source: UAC,
    needs: ['users'],
    answer: 'E_ACCESSDENIED',
    run: async (world) => {
      const elevated = await world.users.connect({ name: 'boss', administrator: true, elevated: true });
      const filtered = await world.users.connect({ name: 'boss', administrator: true });
      const job = await elevated.createJob({ name: 'elevated' });
      return answerOf(async () => (await filtered.getJob(job.id)).setPriority('high'));
    },
  },
  {
    id: 'system-job',
    title: 'An elevated administrator cannot change a job of the system: its integrity level is higher',
    source: UAC,
    needs: ['users'],
    answer: 'E_ACCESSDENIED',
    run: async (world) => {
      const system = await world.users.connect({ name: 'SYSTEM', system: true });
      const boss = await world.users.connect({ name: 'boss', administrator: true, elevated: true });
      const job = await system.createJob({ name: 'update' });
      return answerOf(async () => (await boss.getJob(job.id)).setPriority('high'));
    },
  },
  {
    id: 'take',
    title: 'An elevated administrator takes the job over; credentials and headers are gone then',
    source: 'IBackgroundCopyJob::TakeOwnership',
    needs: ['users'],
    answer: { taken: 'ok', isOther: true, headers: [], standard: 'E_ACCESSDENIED' },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      await job.setCustomHeaders({ 'X-A': 'b' });
      const before = await job.getOwner();
      const boss = await world.users.connect({ name: 'boss', administrator: true, elevated: true });
      const same = await boss.getJob(job.id);
      const taken = await answerOf(same.takeOwnership());
      return {
        taken,
        isOther: (await same.getOwner()) !== before,
        headers: await answerOf(same.getCustomHeaders()),
        standard: await answerOf(async () => (await jobOf(world, { 'b.bin': {} })).takeOwnership()),
      };
    },
  },
  {
    id: 'sixty-jobs',
    title: 'A user may have 60 jobs',
    source: 'IBackgroundCopyManager::CreateJob (BG_E_TOO_MANY_JOBS_PER_USER; MaxJobsPerUser)',
    needs: ['users'],
    answer: [60, 'BG_E_TOO_MANY_JOBS_PER_USER', 'ok'],
    run: async (world) => {
      const bits = await world.users.connect({ name: 'busy' });
      const jobs = [];
      for (let i = 0; i < 60; i++) jobs.push(await bits.createJob({ name: `${i}` }));
      const create = () => answerOf(bits.createJob({ name: 'more' }).then(() => undefined));
      const more = await create();
      await jobs[0]!.cancel();
      return [(await bits.getJobs()).length + 1, more, await create()];
    },
  },
  {
    id: 'three-hundred-jobs',
    title: 'The users of a computer may have 300 jobs',
    source: 'IBackgroundCopyManager::CreateJob (BG_E_TOO_MANY_JOBS_PER_MACHINE; MaxJobsPerMachine)',
    needs: ['users'],
    answer: ['ok', 'BG_E_TOO_MANY_JOBS_PER_MACHINE'],
    run: async (world) => {
      const create = async (user: number) => {
        const bits = await world.users.connect({ name: `user ${user}` });
        return (name: string) => bits.createJob({ name }).then(() => undefined);
      };
      let last;
      for (let user = 0; user < 5; user++) {
        const make = await create(user);
        for (let i = 0; i < 60; i++) last = await answerOf(make(`${i}`));
      }
      return [last ?? null, await answerOf((await create(5))('more'))];
    },
  },
  {
    id: 'limit-policy',
    title: 'Group policy sets how many jobs a user may have',
    source: 'Group Policies (MaxJobsPerUser)',
    needs: ['users', 'policy'],
    answer: ['ok', 'BG_E_TOO_MANY_JOBS_PER_USER'],
    run: async (world) => {
      world.policy.set({ maxJobsPerUser: 1 });
      const bits = await world.users.connect({ name: 'busy' });
      const create = () => answerOf(bits.createJob({ name: 'one' }).then(() => undefined));
      return [await create(), await create()];
    },
  },
  {
    id: 'exempt',
    title: 'The limits do not count for administrators and services',
    source: 'IBackgroundCopyManager::CreateJob; Group Policies',
    needs: ['users', 'policy'],
    answer: ['ok', 'ok'],
    run: async (world) => {
      world.policy.set({ maxJobsPerUser: 1 });
      const create = async (who: { name: string; administrator?: boolean; elevated?: boolean; system?: boolean }) => {
        const bits = await world.users.connect(who);
        await bits.createJob({ name: 'one' });
        return answerOf(bits.createJob({ name: 'two' }).then(() => undefined));
      };
      return [
        await create({ name: 'boss', administrator: true, elevated: true }),
        await create({ name: 'SYSTEM', system: true }),
      ];
    },
  },
  {
    id: 'logged-off',
    title: 'While its owner is logged off a job waits in the queue, and goes on when he is back',
    source: 'Users and Network Connections',
    needs: ['users', 'clock'],
    answer: ['queued', 'transferred'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      await job.resume();
      await world.eventually(async () => (await job.getState()) === 'transferring');
      const system = await world.users.connect({ name: 'SYSTEM', system: true });
      const same = await system.getJob(job.id);
      world.users.logOff();
      await world.clock.advance(3600_000);
      const away = await same.getState();
      world.users.logOn();
      await world.eventually(async () => (await same.getState()) === 'transferred');
      return [away, await same.getState()];
    },
  },
]);
