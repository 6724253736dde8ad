import { JOB_PRIORITY, TRANSFER_POLICY } from '../../../../lib/contract/enums';
import type { ComputerState } from '../../../../lib/testing/computer/state';
import { errorOf, MinimalComputer, OWNER, PROPERTY } from '../../../support/minimal_computer';

const URL = 'http://example.test/file.bin';
const foreground = { priority: JOB_PRIORITY.values.foreground };

type Change = (state: ComputerState) => void;
interface Row {
  readonly name: string;
  readonly begin: Change;
  readonly end: Change;
  readonly code: string;
  /** Foreground jobs go on. */
  readonly backgroundOnly?: true;
}

const CONDITIONS: readonly Row[] = [
  {
    name: 'network',
    begin: ({ network }) => (network.connected = false),
    end: ({ network }) => (network.connected = true),
    code: '0x80200010 in 2',
  },
  {
    name: 'cost',
    begin: ({ network }) => (network.cost = 0x80),
    end: ({ network }) => (network.cost = 0x1),
    code: '0x80200059 in 2',
  },
  {
    name: 'policy',
    begin: ({ policy }) => (policy.bandwidth = 0),
    end: ({ policy }) => (policy.bandwidth = null),
    code: '0x8020003E in 2',
    backgroundOnly: true,
  },
  {
    name: 'standby',
    begin: ({ power }) => (power.standby = true),
    end: ({ power }) => (power.standby = false),
    code: '0x80200065 in 2',
  },
  {
    name: 'battery',
    begin: ({ power }) => (power.battery = true),
    end: ({ power }) => (power.battery = false),
    code: '0x80200067 in 2',
  },
  {
    name: 'battery saver',
    begin: ({ power }) => (power.saver = true),
    end: ({ power }) => (power.saver = false),
    code: '0x80200068 in 2',
  },
  {
    name: 'game mode',
    begin: ({ policy }) => (policy.gameMode = true),
    end: ({ policy }) => (policy.gameMode = false),
    code: '0x8020006F in 2',
  },
  {
    name: 'background access',
    begin: ({ policy }) => (policy.backgroundAccess = false),
    end: ({ policy }) => (policy.backgroundAccess = true),
    code: '0x8020006E in 2',
    backgroundOnly: true,
  },
];

describe.each(CONDITIONS)('$name', ({ begin, end, code, backgroundOnly }) => {
  test('stops what is under way at once, for as long as it lasts, and nothing is lost', async () => {
    const computer = new MinimalComputer();
    const { counts } = computer.serve(URL, { size: 1_000_000 });
    const job = computer.start([URL]);
    await computer.clock.advance(3_610);
    computer.change(begin);
    expect(computer.stateOf(job)).toBe('transientError');
    expect(errorOf(job)).toBe(code);
    expect(job.error).toMatchObject({ file: null, protocol: null });
    expect(job.nextRetry).toBeNull();
    expect(job.files[0]!.bytesTransferred).toBe(350_000);
    await computer.clock.advance(3_600_000);
    expect(computer.stateOf(job)).toBe('transientError');
    computer.change(end);
    expect(computer.stateOf(job)).toBe('queued');
    await computer.until(job, 'transferred');
    expect(job.errorCount).toBe(0); // no attempt has failed (GetErrorCount)
    expect(counts()).toMatchObject({ bytes: 1_000_000, distinctBytes: 1_000_000 });
  });

  test('is found by a job that is resumed meanwhile, after a moment', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { body: 'a' });
    computer.change(begin);
    const job = computer.start([URL]);
    expect(computer.stateOf(job)).toBe('queued');
    await computer.clock.advance(20);
    expect(errorOf(job)).toBe(code);
    expect(computer.pathOf(job)).toEqual(['queued', 'transientError']);
  });

  test('foreground', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 100_000 });
    const job = computer.start([URL], foreground);
    await computer.clock.advance(500);
    computer.change(begin);
    await computer.clock.advance(5_000);
    expect(computer.stateOf(job)).toBe(backgroundOnly === true ? 'transferred' : 'transientError');
  });

  test('is waited for, also with a no-progress time-out of 0', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 1_000_000 });
    const job = computer.start([URL], { noProgressTimeout: 0 });
    await computer.clock.advance(500);
    computer.change(begin);
    await computer.clock.advance(100_000);
    expect(computer.stateOf(job)).toBe('transientError');
    expect(errorOf(job)).toBe(code);
  });

  test('does not touch jobs that are suspended or have failed', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { status: 404 });
    const [suspended, failed] = [computer.job([URL]), computer.start([URL])];
    await computer.until(failed, 'error');
    computer.change(begin);
    expect([suspended, failed].map((job) => computer.stateOf(job))).toEqual(['suspended', 'error']);
  });
});

test('a network that appears sets every waiting job going, whatever its error', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { body: 'a', script: [{ then: { status: 503 } }] });
  const job = computer.start([URL]);
  await computer.until(job, 'transientError');
  expect(errorOf(job)).toBe('0x801901F7 in 5');
  computer.change(({ network }) => (network.connected = false));
  expect(errorOf(job)).toBe('0x801901F7 in 5'); // only queued and transferring jobs get the new error
  computer.change(({ network }) => (network.connected = true));
  expect(computer.stateOf(job)).toBe('queued');
  await computer.until(job, 'transferred');
  expect(computer.clock.now()).toBeLessThan(60_000);
});

test('one condition follows the other', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { body: 'a' });
  computer.change(({ power }) => (power.saver = true));
  const job = computer.start([URL]);
  await computer.clock.advance(100);
  computer.change(({ power, network }) => {
    power.saver = false;
    network.cost = 0x80;
  });
  expect(errorOf(job)).toBe('0x80200059 in 2');
});

describe('cost', () => {
  const { always, notRoaming, noSurcharge, standard, unrestricted } = TRANSFER_POLICY.values;
  const rows = [
    [always, 0x80, true],
    [notRoaming, 0x80, false],
    [notRoaming, 0x10, true],
    [noSurcharge, 0x10, false],
    [standard, 0x40, true],
    [standard, 0x08, false],
    [unrestricted, 0x40, false],
    [unrestricted, 0x01, true],
    [notRoaming, 0xc0, false],
    [unrestricted, 0x8000_0001, true],
  ] as const;
  test.each(rows)('policy %p on a network of cost %p: %p', async (policy, cost, transfers) => {
    const computer = new MinimalComputer();
    computer.serve(URL, { body: 'a' });
    computer.change(({ network }) => (network.cost = cost));
    const job = computer.start([URL], {}, { [PROPERTY.costFlags]: policy });
    await computer.clock.advance(1_000);
    expect(computer.stateOf(job)).toBe(transfers ? 'transferred' : 'transientError');
  });

  test('a new policy takes effect at once', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 1_000_000 });
    computer.change(({ network }) => (network.cost = 0x80));
    const job = computer.start([URL]);
    await computer.clock.advance(1_000);
    expect(errorOf(job)).toBe('0x80200059 in 2');
    job.properties[PROPERTY.costFlags] = 'ff000080'.padEnd(32, '0');
    computer.engine.jobChanged(job);
    await computer.clock.advance(1_000);
    expect(computer.stateOf(job)).toBe('transferring');
  });
});

describe('log-off', () => {
  const logOn =
    (loggedOn: boolean): Change =>
    ({ users }) => {
      users.find(({ sid }) => sid === OWNER.sid)!.loggedOn = loggedOn;
    };

  test('moves a transferring job to QUEUED, until its owner is back', async () => {
    const computer = new MinimalComputer();
    const { counts } = computer.serve(URL, { size: 1_000_000 });
    const job = computer.start([URL]);
    await computer.clock.advance(3_000);
    computer.change(logOn(false));
    expect(computer.stateOf(job)).toBe('queued');
    await computer.clock.advance(86_400_000);
    expect(computer.stateOf(job)).toBe('queued');
    computer.change(logOn(true));
    await computer.until(job, 'transferred');
    expect(counts().bytes).toBe(1_000_000);
  });

  test('does not concern system accounts', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 1_000_000 });
    computer.change(logOn(false));
    const job = computer.start([URL], { owner: { ...OWNER, sid: 'S-1-5-18' } });
    await computer.until(job, 'transferred');
  });

  test('takes the helper token away', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 1_000_000 });
    const job = computer.start([URL], { helperTokenFlags: 2, helperTokenSid: OWNER.sid });
    await computer.clock.advance(1_000);
    expect(computer.stateOf(job)).toBe('transferring');
    computer.change(logOn(false));
    computer.change(logOn(true));
    await computer.until(job, 'error');
    expect(errorOf(job)).toBe('0x80200056 in 2');
    job.helperTokenFlags = 0;
    computer.resume(job);
    await computer.until(job, 'transferred');
  });
});
