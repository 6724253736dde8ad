import { subject } from '../case';
import { answerOf, beIn, jobOf, settle, settled } from '../steps';
import { bytesOf } from '../world';

// The queue outlives programs, the service and the computer; callbacks do not.

export const restart = subject('restart', [
  {
    id: 'program-ends',
    title: 'A job goes on when the program that made it has ended',
    source: 'Life Cycle of a BITS Job',
    answer: 'transferred',
    run: async (world) => {
      const other = await world.connect();
      const job = await other.createJob({
        name: 'left',
        files: [{ url: world.serve('a.bin', { size: 40_000, slow: true }), path: world.path('a.bin') }],
      });
      await job.resume();
      await beIn(world, job, 'transferring');
      await other.close();
      const same = await world.bits.getJob(job.id);
      const state = await settle(world, same);
      await same.cancel();
      return state;
    },
  },
  {
    id: 'reboot',
    title: 'After a restart of the computer the job is there, goes on and keeps what had arrived',
    source: 'Best Practices When Using BITS; Life Cycle of a BITS Job',
    needs: ['machine'],
    answer: { name: 'kept', state: 'transferred', isWhole: true, isNotTwice: true },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } }, { name: 'kept' });
      await job.resume();
      await world.eventually(async () => (await job.getProgress()).bytesTransferred >= 10_000);
      await world.machine.reboot({ down: 3_600_000 });
      const same = await (await world.connect()).getJob(job.id);
      const name = await same.getDisplayName();
      const state = await settle(world, same);
      await same.complete();
      return {
        name,
        state,
        isWhole: (await world.read('a.bin'))?.equals(bytesOf('a.bin', 40_000)) ?? false,
        isNotTwice: world.fetched('a.bin').total < 60_000,
      };
    },
  },
  {
    id: 'reboot-settings',
    title: 'Settings, credentials and headers are kept over a restart; a callback is not',
    source: 'Best Practices When Using BITS; Registering a COM Callback',
    needs: ['machine'],
    answer: { priority: 'low', delay: 120, headers: [['X-A', 'b']], callback: null },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      await job.setPriority('low');
      await job.setMinimumRetryDelay(120);
      await job.setCustomHeaders({ 'X-A': 'b' });
      await job.setNotifyInterface({});
      await world.machine.reboot();
      const same = await (await world.connect()).getJob(job.id);
      return {
        priority: await answerOf(same.getPriority()),
        delay: await answerOf(same.getMinimumRetryDelay()),
        headers: await answerOf(same.getCustomHeaders()),
        callback: await answerOf(same.getNotifyInterface()),
      };
    },
  },
  {
    id: 'reboot-transferred',
    title: 'A job that was transferred before a restart can be completed after it',
    source: 'Life Cycle of a BITS Job',
    needs: ['machine'],
    answer: ['transferred', 'complete', true],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {} });
      await world.machine.reboot();
      const same = await (await world.connect()).getJob(job.id);
      const state = await same.getState();
      const completed = await answerOf(same.complete());
      return [state, completed, (await world.read('a.bin'))?.equals(bytesOf('a.bin', 1000)) ?? false];
    },
  },
  {
    id: 'remote-name-unsaved',
    title: 'A changed address is written down by Resume only: without it a restart brings the old one back',
    source: 'IBackgroundCopyFile2::SetRemoteName',
    needs: ['machine'],
    answer: [true, false],
    run: async (world) => {
      const isOld = async (resumed: boolean) => {
        const name = resumed ? 'r' : 'n';
        const bits = await world.connect();
        const url = world.serve(`${name}.old`, { status: 404 });
        const job = await bits.createJob({ name, files: [{ url, path: world.path(name) }] });
        const [file] = await job.getFiles();
        await file!.setRemoteName(world.serve(`${name}.new`, { status: 404 }));
        if (resumed) await job.resume();
        if (resumed) await settle(world, job);
        await world.machine.reboot();
        const [same] = await (await (await world.connect()).getJob(job.id)).getFiles();
        return (await same!.getRemoteName()).endsWith('.old');
      };
      return [await isOld(false), await isOld(true)];
    },
  },
  {
    id: 'service-stops',
    title: 'A stopped service is started by the next call; the job is still there',
    source: 'Best Practices When Using BITS; BITS Startup Type',
    needs: ['service'],
    answer: 'suspended',
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      await world.service.stop();
      return job.getState();
    },
  },
  {
    id: 'service-crashes',
    title: 'When the service has crashed in the middle of a file, the download goes on at the next start',
    source: 'Best Practices When Using BITS',
    needs: ['service'],
    answer: ['transferred', true],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      await job.resume();
      await beIn(world, job, 'transferring');
      await world.service.crash();
      const state = await settle(world, job);
      await job.complete();
      return [state, (await world.read('a.bin'))?.equals(bytesOf('a.bin', 40_000)) ?? false];
    },
  },
  {
    id: 'high-performance',
    title: 'A high-performance job goes on after a stop of the service, but begins again after a crash',
    source: 'BITS_JOB_PROPERTY_HIGH_PERFORMANCE',
    needs: ['service'],
    answer: { stopped: ['transferred', 'goes on'], crashed: ['transferred', 'begins again'] },
    run: async (world) => {
      const after = async (name: string, end: () => Promise<void>) => {
        const job = await world.createJob();
        await job.setProperty('highPerformance', true);
        await job.addFile(world.serve(name, { size: 40_000, slow: true }), world.path(name));
        await job.resume();
        await world.eventually(async () => (await job.getProgress()).bytesTransferred >= 20_000);
        await end();
        const state = await settle(world, job);
        await job.complete();
        return [state, world.fetched(name).total < 50_000 ? 'goes on' : 'begins again'];
      };
      return {
        stopped: await after('s.bin', () => world.service.stop()),
        crashed: await after('c.bin', () => world.service.crash()),
      };
    },
  },
  {
    id: 'wait-over-crash',
    title: 'wait() goes on over a restart of the service',
    source: 'windows-bits: job.wait()',
    needs: ['service'],
    answer: 'transferred',
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      const waiting = answerOf(job.wait().then(({ state }) => state));
      await job.resume();
      await beIn(world, job, 'transferring');
      await world.service.crash();
      return waiting;
    },
  },
  {
    id: 'disabled',
    title: 'A service that is disabled cannot be connected to',
    source: 'BITS Startup Type (ERROR_SERVICE_DISABLED)',
    needs: ['service'],
    answer: ['ERROR_SERVICE_DISABLED', 'ok'],
    run: async (world) => {
      await world.service.disable();
      const refused = await answerOf(world.connect().then(() => undefined));
      await world.service.enable();
      return [refused, await answerOf(world.connect().then(() => undefined))];
    },
  },
  {
    id: 'idle-stop',
    title: 'Two minutes after the queue is empty the service stops, and is there again for the next call',
    source: 'BITS Startup Type; Best Practices When Using BITS',
    needs: ['service', 'clock'],
    answer: { soon: 'cancelled', later: 'BG_E_NOT_FOUND', next: 'suspended' },
    run: async (world) => {
      // A job that has left the queue can be asked as long as the service runs that knew it.
      const job = await world.createJob();
      await job.cancel();
      await world.clock.advance(60_000);
      const soon = await answerOf(job.getState());
      await world.clock.advance(120_000);
      const later = await answerOf(job.getState());
      return { soon, later, next: await (await world.createJob()).getState() };
    },
  },
]);
