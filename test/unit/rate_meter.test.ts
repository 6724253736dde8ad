import { Meter } from '../../lib/watch/snapshot';

test('a steady rate is that rate from the second measurement on', () => {
  const meter = new Meter();
  expect(meter.measure(0, 0)).toBeNull();
  for (let i = 1; i < 100; i++) expect(meter.measure(i * 500, i * 250)).toBeCloseTo(2000);
});

test('old measurements decay: a change shows within seconds, after a stop the rate tends to zero', () => {
  const meter = new Meter();
  for (let i = 0; i <= 100; i++) meter.measure(i * 1000, i * 1000);
  const stopped = [1, 5, 30].map((s) => meter.measure(100_000, 100_000 + s * 1000) ?? 0);
  expect(stopped[0]).toBeGreaterThan(700);
  expect(stopped[1]).toBeLessThan(500);
  expect(stopped[2]).toBeLessThan(10);
});

test('fewer bytes than before begin a new measurement; without elapsed time nothing changes', () => {
  const meter = new Meter();
  meter.measure(0, 0);
  expect(meter.measure(1000, 1000)).toBe(1000);
  expect(meter.measure(1000, 1000)).toBe(1000);
  expect(meter.measure(10, 2000)).toBeNull();
  expect(meter.measure(510, 2500)).toBe(1000);
});
