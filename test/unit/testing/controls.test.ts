import { simulateBits } from '../../../lib/testing';
import type { Simulation } from '../../../lib/testing';

const URL = 'https://example.com/app.zip';
const FILE = 'C:\\data\\app.zip';

/** The same controls without the types, as a test in JavaScript has them. */
type Untyped = Record<
  'network' | 'power' | 'clock' | 'machine' | 'files' | 'user',
  Record<string, (...args: unknown[]) => unknown>
> & { policy(policies?: unknown): void; asUser(name?: unknown, options?: unknown): void };

async function simulated(use: (sim: Simulation) => Promise<void>, options: Parameters<typeof simulateBits>[0] = {}) {
  const sim = simulateBits(options);
  try {
    await use(sim);
  } finally {
    sim.dispose();
  }
}

const ARGUMENT = { name: expect.stringMatching(/^(Type|Range)Error$/) as string };
const SIMULATION = { name: 'BitsSimulationError' };
const NO_FILE = { code: 'ENOENT' };

/** What is refused, and how: the message names the argument, or the user. */
const REFUSED: [string, (sim: Untyped) => unknown, string, object?][] = [
  ["network.connect('roaming')", (sim) => sim.network['connect']!('roaming'), '"options"'],
  ['network.connect({ cst })', (sim) => sim.network['connect']!({ cst: 'roaming' }), "'cst'"],
  ["network.connect({ cost: 'x' })", (sim) => sim.network['connect']!({ cost: 'x' }), '"options.cost"'],
  ["network.cost('ignoreCongestion')", (sim) => sim.network['cost']!('ignoreCongestion'), '"cost"'],
  ["network.cost('reserved')", (sim) => sim.network['cost']!('reserved'), '"cost"'],
  ['network.cost()', (sim) => sim.network['cost']!(), '"cost"'],
  ['network.bandwidth(0)', (sim) => sim.network['bandwidth']!(0), 'disconnect()'],
  ["network.bandwidth('0 B/s')", (sim) => sim.network['bandwidth']!('0 B/s'), 'disconnect()'],
  ["network.bandwidth('1 Mbit')", (sim) => sim.network['bandwidth']!('1 Mbit'), '"rate"'],
  ['network.bandwidth(-1)', (sim) => sim.network['bandwidth']!(-1), '"rate"'],
  ['network.bandwidth()', (sim) => sim.network['bandwidth']!(), '"rate"'],
  ["network.latency(['1s'])", (sim) => sim.network['latency']!(['1s']), '"time"'],
  ['network.proxy({ stat })', (sim) => sim.network['proxy']!({ stat: 407 }), "'stat'"],
  ["network.proxy('x')", (sim) => sim.network['proxy']!('x'), '"answer"'],
  ['network.proxy()', (sim) => sim.network['proxy']!(), '"answer"'],
  ['network.proxy({})', (sim) => sim.network['proxy']!({}), '"answer.status"'],
  ['network.proxy({ status: 9999 })', (sim) => sim.network['proxy']!({ status: 9999 }), '"answer.status"'],
  ["network.dns('no')", (sim) => sim.network['dns']!('no'), '"works"'],
  ['network.dns()', (sim) => sim.network['dns']!(), '"works"'],
  ['power.saver()', (sim) => sim.power['saver']!(), '"on"'],
  ["power.saver('off')", (sim) => sim.power['saver']!('off'), '"on"'],
  ["power.standby('off')", (sim) => sim.power['standby']!('off'), '"on"'],
  ["power.battery('x')", (sim) => sim.power['battery']!('x'), '"level"'],
  ['power.battery(500)', (sim) => sim.power['battery']!(500), '"level"'],
  ['policy()', (sim) => sim.policy(), '"policies"'],
  ['policy({ maxJobs })', (sim) => sim.policy({ maxJobs: 1 }), "'maxJobs'"],
  ["policy({ maxJobsPerUser: '1' })", (sim) => sim.policy({ maxJobsPerUser: '1' }), '"policies.maxJobsPerUser"'],
  ['policy({ gameMode: 1 })', (sim) => sim.policy({ gameMode: 1 }), '"policies.gameMode"'],
  ["policy({ bandwidth: 'x' })", (sim) => sim.policy({ bandwidth: 'x' }), '"policies.bandwidth"'],
  [
    'policy({ inactivityTimeout: null })',
    (sim) => sim.policy({ inactivityTimeout: null }),
    '"policies.inactivityTimeout"',
  ],
  ["clock.mode = 'atuo'", (sim) => Object.assign(sim.clock, { mode: 'atuo' }), '"mode"'],
  ['clock.speed = 0', (sim) => Object.assign(sim.clock, { speed: 0 }), '"speed"'],
  ["clock.speed = 'x'", (sim) => Object.assign(sim.clock, { speed: 'x' }), '"speed"'],
  ['clock.advance()', (sim) => sim.clock['advance']!(), '"time"'],
  ['clock.advance(1e17)', (sim) => sim.clock['advance']!(1e17), '"time"'],
  ["clock.advance('1.2.3s')", (sim) => sim.clock['advance']!('1.2.3s'), '"time"'],
  ["clock.run('never')", (sim) => sim.clock['run']!('never'), '"limit"'],
  ['clock.until(null)', (sim) => sim.clock['until']!(null), '"job"'],
  ["clock.until({}, 'error')", (sim) => sim.clock['until']!({}, 'error'), '"job.id"'],
  ["clock.until({ id }, 'done')", (sim) => sim.clock['until']!({ id: 'x' }, 'done'), '"state"'],
  ["clock.until(() => true, 'error')", (sim) => sim.clock['until']!(() => true, 'error'), '"limit"'],
  ["machine.reboot('1h')", (sim) => sim.machine['reboot']!('1h'), '"options"'],
  ['machine.reboot({ dwn })', (sim) => sim.machine['reboot']!({ dwn: '1h' }), "'dwn'"],
  ["machine.reboot({ down: 'x' })", (sim) => sim.machine['reboot']!({ down: 'x' }), '"options.down"'],
  ["machine.reboot({ logOn: 'no' })", (sim) => sim.machine['reboot']!({ logOn: 'no' }), '"options.logOn"'],
  ['machine.sleep()', (sim) => sim.machine['sleep']!(), '"time"'],
  ['machine.sleep(1e17)', (sim) => sim.machine['sleep']!(1e17), '"time"'],
  ['files.write(f, 5)', (sim) => sim.files['write']!(FILE, 5), '"content"'],
  ['files.write(f, { size: -5 })', (sim) => sim.files['write']!(FILE, { size: -5 }), '"content.size"'],
  ['files.write(f, { sze })', (sim) => sim.files['write']!(FILE, { sze: 5 }), "'sze'"],
  ["files.write('/tmp/x')", (sim) => sim.files['write']!('/tmp/x', ''), '"file"'],
  ["files.write('x')", (sim) => sim.files['write']!('x', ''), '"file"'],
  ["files.makeFolder('data')", (sim) => sim.files['makeFolder']!('data'), 'full path'],
  ["files.exists('')", (sim) => sim.files['exists']!(''), '"name"'],
  ['files.readPart(f, -1, 1)', (sim) => sim.files['readPart']!('C:\\data\\there', -1, 1), '"offset"'],
  ["files.readOnly(f, 'no')", (sim) => sim.files['readOnly']!('C:\\data\\there', 'no'), '"readOnly"'],
  ["files.protect(f, 'usr')", (sim) => sim.files['protect']!('C:\\data', 'usr'), "'usr'", SIMULATION],
  ['files.protect(f)', (sim) => sim.files['protect']!('C:\\data'), '"writers"'],
  ['files.lock(missing)', (sim) => sim.files['lock']!('C:\\data\\missing'), 'missing', NO_FILE],
  ["user.logOn('boss')", (sim) => sim.user['logOn']!('boss'), "'boss'", SIMULATION],
  ["user.logOff('boss')", (sim) => sim.user['logOff']!('boss'), "'boss'", SIMULATION],
  ["user.logOn('SYSTEM')", (sim) => sim.user['logOn']!('SYSTEM'), "'SYSTEM'", SIMULATION],
  ['user.logOn(5)', (sim) => sim.user['logOn']!(5), '"name"'],
  ['asUser()', (sim) => sim.asUser(), '"name"'],
  ["asUser('me', { kind: 'localSystem' })", (sim) => sim.asUser('me', { kind: 'localSystem' }), 'SYSTEM', SIMULATION],
  ["asUser('SYSTEM', { kind: 'standard' })", (sim) => sim.asUser('SYSTEM', { kind: 'standard' }), 'SYSTEM', SIMULATION],
  [
    "asUser('user', { kind: 'administrator' })",
    (sim) => sim.asUser('user', { kind: 'administrator' }),
    'user',
    SIMULATION,
  ],
  ["asUser('user', { elevated: true })", (sim) => sim.asUser('user', { elevated: true }), 'administrator', SIMULATION],
];

test.each(REFUSED)('%s is refused, and changes nothing', (...[, call, message, error = ARGUMENT]) =>
  simulated(async (sim) => {
    sim.files.write('C:\\data\\there', 'text');
    const before = [sim.save(), sim.clock.mode, sim.clock.speed];
    const made = new Promise((resolve) => resolve(call(sim as unknown as Untyped)));
    await expect(made).rejects.toMatchObject({ ...error, message: expect.stringContaining(message) as string });
    expect([sim.save(), sim.clock.mode, sim.clock.speed]).toEqual(before);
  }),
);

test('a policy that is undefined stays as it is', () =>
  simulated(async (sim) => {
    const before = sim.save().policy;
    sim.policy({ maxJobsPerUser: 5, bandwidth: undefined, maxDownloadTime: '1h' });
    expect(sim.save().policy).toEqual({ ...before, maxJobsPerUser: 5, maxDownloadTime: 3600 });
    sim.policy({ bandwidth: 0 });
    expect(sim.save().policy.bandwidth).toBe(0);
    return Promise.resolve();
  }));

describe('accounts', () => {
  const sidOf = (options: object) => {
    const sim = simulateBits(options);
    const { sid } = sim.program.identity;
    const { users } = sim.save();
    sim.dispose();
    return [sid, users.filter((user) => user.sid === sid).length];
  };

  test.each([
    ['localSystem', 'S-1-5-18', 'SYSTEM'],
    ['localService', 'S-1-5-19', 'LOCAL SERVICE'],
    ['networkService', 'S-1-5-20', 'NETWORK SERVICE'],
  ])('%s is always the one account', (kind, sid, name) => {
    expect(sidOf({ user: { kind } })).toEqual([sid, 1]);
    expect(sidOf({ user: { kind, name: name.toLowerCase() } })).toEqual([sid, 1]);
    expect(sidOf({ user: { name } })).toEqual([sid, 1]);
    expect(() => simulateBits({ user: { kind: kind as 'localSystem', name: 'me' } })).toThrow(`'${name}'`);
  });

  test('a user logs off and on again under any case of the name, and no second one is made', () =>
    simulated(
      async (sim) => {
        const loggedOn = () =>
          sim
            .save()
            .users.filter((user) => user.name === 'Boss')
            .map((user) => user.loggedOn);
        expect(sim.asUser('boss').identity.sid).toBe(sim.program.identity.sid);
        sim.user.logOff('BOSS');
        expect(loggedOn()).toEqual([false]);
        sim.user.logOn('boss');
        expect(loggedOn()).toEqual([true]);
        return Promise.resolve();
      },
      { user: { name: 'Boss', kind: 'administrator' } },
    ));

  test('only an administrator is elevated', () => {
    expect(() => simulateBits({ user: { elevated: true } })).toThrow('administrator');
    const sim = simulateBits({ user: { kind: 'administrator', elevated: true } });
    expect(sim.program.identity.elevated).toBe(true);
    sim.dispose();
  });

  test('of a saved computer, the user who is named, and no other', () => {
    const first = simulateBits();
    const { sid } = first.asUser('boss', { kind: 'administrator' }).identity;
    const from = first.save();
    first.dispose();
    expect(sidOf({ from, user: { name: 'boss', elevated: true } })).toEqual([sid, 1]);
    expect(sidOf({ from, user: { kind: 'administrator' } })).toEqual([sid, 1]);
    expect(sidOf({ from })).toEqual([first.program.identity.sid, 1]);
    expect(() => simulateBits({ from, user: { name: 'bos' } })).toThrow("no user 'bos'");
    expect(() => simulateBits({ from, user: { name: 'boss', kind: 'standard' } })).toThrow('administrator');
  });
});

describe('until', () => {
  test('a job that has ended is in the state in which it ended, also after the computer was saved', () =>
    simulated(async (sim) => {
      const bits = await sim.connect();
      const [done, dropped] = [await bits.createJob({ name: 'a' }), await bits.createJob({ name: 'b' })];
      sim.serve(URL, { size: 10 });
      await done.addFile(URL, FILE);
      await done.resume();
      await sim.clock.until(done, 'transferred');
      await done.complete();
      await dropped.cancel();
      const again = simulateBits({ from: sim.save() });
      for (const { clock } of [sim, again]) {
        await clock.until(done, 'acknowledged');
        await clock.until(dropped, 'cancelled');
        await expect(clock.until(done, 'cancelled')).rejects.toThrow('is acknowledged, not cancelled');
        await expect(clock.until(dropped, 'transferred')).rejects.toThrow('is cancelled, not transferred');
        await expect(clock.until({ id: '{0}' }, 'cancelled')).rejects.toThrow('there is no job {0}');
      }
      again.dispose();
    }));

  test('what was not met is said, and what is in the queue', () =>
    simulated(async (sim) => {
      await expect(sim.clock.until(() => false)).rejects.toThrow(
        'The condition was not met within 100d; the queue is empty.',
      );
      const job = await (await sim.connect()).createJob({ name: 'left' });
      await expect(sim.clock.until(job, 'error', 500)).rejects.toThrow(
        `Job ${job.id} did not become 'error' within 500 ms; the queue:\n  ${job.id} suspended 'left'`,
      );
    }));
});

test('while the computer is off, nobody starts the service, restarts or saves the computer', () =>
  simulated(
    async (sim) => {
      const rebooting = sim.machine.reboot({ down: '1h' });
      await sim.clock.advance('1m');
      expect(() => sim.service.start()).toThrow('the computer is off');
      await expect(sim.connect()).rejects.toThrow('the computer is off');
      expect(() => sim.save()).toThrow('the computer is off');
      await expect(sim.machine.reboot()).rejects.toThrow('the computer is off');
      await sim.clock.advance('1h');
      await rebooting;
      sim.service.start();
      expect(sim.service.running).toBe(true);
    },
    { clock: 'manual' },
  ));
