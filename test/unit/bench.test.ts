interface Row {
  readonly name: string;
  readonly value: number;
  readonly ratio?: number;
  readonly limit?: number;
}
interface Figures {
  format(value: number): string;
  judged(row: Row, unit: string): { measured: string; limit: string; kept: boolean };
  merge(results: object, name: string, result: unknown): object;
  rowsOf(table: object): Row[];
}
interface Loop {
  lateness(gaps: number[], time: number): { p50: number; p99: number; worst: number };
}

const { format, judged, merge, rowsOf } = jest.requireActual<Figures>('../../bench/figures');
const { lateness } = jest.requireActual<Loop>('../../bench/loop');

test('a benchmark that is run again leaves the results of the others', () => {
  const before = { calls: 1, startup: 2 };
  const after = merge(merge(before, 'burst', 3), 'calls', 4);
  expect(after).toEqual({ burst: 3, calls: 4, startup: 2 });
  expect(Object.keys(after)).toEqual(['burst', 'calls', 'startup']);
  expect(before).toEqual({ calls: 1, startup: 2 });
});

test('a limit is one of the ratio where there is a base, and else one of the value', () => {
  const [raw, ours] = rowsOf({ rows: { raw: 200, ours: 210 }, base: 'raw', limits: { ours: 1.05 } });
  expect(raw).toEqual({ name: 'raw', value: 200, ratio: 1 });
  expect(judged(ours!, 'µs')).toEqual({ measured: '1.05 x', limit: '1.05 x', kept: true });
  const [late] = rowsOf({ rows: { late: 5.01 }, limits: { late: 5 } });
  expect(judged(late!, 'ms')).toEqual({ measured: '5.01 ms', limit: '5 ms', kept: false });
});

test('numbers have three digits that count', () => {
  expect([0.0123, 1.234, 12.34, 123.4, 12345].map(format)).toEqual(['0.012', '1.23', '12.3', '123', '12,345']);
});

test('an event waits for the rest of the gap that it comes in', () => {
  // In one half of the time the loop is free, in the other it comes round every 10 ms.
  const { p50, p99, worst } = lateness(Array<number>(50).fill(10), 1000);
  expect([p50, p99, worst]).toEqual([expect.closeTo(0), expect.closeTo(9.8), 10]);
  expect(lateness([], 1000)).toEqual({ p50: 0, p99: 0, worst: 0 });
});
