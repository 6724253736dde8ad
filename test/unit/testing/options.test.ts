import { simulateBits } from '../../../lib/testing';

test.each<[object, string]>([
  [{ version: '11' }, 'options.version'],
  [{ profile: 'wine' }, 'options.profile'],
  [{ now: 'yesterday' }, 'options.now'],
  [{ now: null }, 'options.now'],
  [{ now: true }, 'options.now'],
  [{ seed: -1 }, 'options.seed'],
  [{ seed: 1.5 }, 'options.seed'],
  [{ clock: 'fast' }, 'options.clock'],
  [{ speed: 0 }, 'options.speed'],
  [{ speed: Infinity }, 'options.speed'],
  [{ disk: { C: '/tmp' } }, 'options.disk'],
  [{ disk: '' }, 'options.disk'],
  [{ user: { kind: 'root' } }, 'options.user.kind'],
  [{ user: { name: '' } }, 'options.user.name'],
  [{ user: { elevated: 1 } }, 'options.user.elevated'],
  [{ from: {} }, 'options.from'],
  [{ versoin: '10.3' }, 'versoin'],
])('%j is refused by name', (options, argument) => {
  expect(() => simulateBits(options)).toThrow(argument);
});

const fresh = simulateBits();
const SAVED = fresh.save();
fresh.dispose();

test.each<[string, object]>([
  ['options.from.profile', { from: { format: SAVED.format } }],
  ['options.from.version', { from: { ...SAVED, version: '11' } }],
  ['options.from.jobs[0]', { from: { ...SAVED, jobs: [1] } }],
  ['options.from.network.connected', { from: { ...SAVED, network: {} } }],
  ['options.version', { from: SAVED, version: '10.3' }],
  ['options.profile', { from: SAVED, profile: 'windows' }],
  ['options.now', { from: SAVED, now: 0 }],
  ['options.seed', { from: SAVED, seed: 1 }],
])('%s is refused in or beside a saved state', (argument, options) => {
  expect(() => simulateBits(options)).toThrow(`"${argument}"`);
});

test('so is another user with options that are wrong', () => {
  const sim = simulateBits();
  expect(() => sim.asUser('other', { kind: 'root' } as object)).toThrow('options.kind');
  expect(() => sim.asUser('')).toThrow('name');
  sim.dispose();
});

test('every way to give the time is accepted, and a saved state through JSON', () => {
  for (const now of [new Date(0), 0, '1970-01-01T00:00:00Z']) {
    const sim = simulateBits({ now });
    const again = simulateBits({ from: JSON.parse(JSON.stringify(sim.save())) as ReturnType<typeof sim.save> });
    expect(again.save().time).toBe(0);
    sim.dispose();
    again.dispose();
  }
});
