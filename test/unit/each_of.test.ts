import { eachOf } from '../../lib/util/each_of';
import { rejection } from '../support/outcome';

const turn = () => new Promise((resolve) => void setImmediate(resolve));
const numbers = Array.from({ length: 20 }, (_, i) => i);

test('the results are in the order of the items, whichever ends first', async () => {
  const ends: number[] = [];
  const work = async (item: number) => {
    for (let i = item; i < 20; i++) await turn();
    ends.push(item);
    return item * 2;
  };
  expect(await eachOf(numbers, work)).toEqual(numbers.map((item) => item * 2));
  expect(ends).not.toEqual(numbers);
  expect(await eachOf([], work)).toEqual([]);
});

test('as many at a time as allowed, and no more', async () => {
  let [now, most] = [0, 0];
  const work = async () => {
    most = Math.max(most, ++now);
    await turn();
    now--;
  };
  await eachOf(numbers, work, undefined, 3);
  expect(most).toBe(3);
});

test('the error is that of the first item that fails; nothing is begun after it, and nothing goes on', async () => {
  const begun: number[] = [];
  let underWay = 0;
  const work = async (item: number) => {
    begun.push(item);
    underWay++;
    for (let i = item; i < 6; i++) await turn();
    underWay--;
    if (item === 3 || item === 5) throw new Error(`item ${item}`);
  };
  expect(await rejection(eachOf(numbers, work, undefined, 6))).toMatchObject({ message: 'item 3' });
  expect(underWay).toBe(0);
  expect(Math.max(...begun)).toBeLessThan(8);
});

test('an abort begins nothing more', async () => {
  const abort = new AbortController();
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    if (item === 4) abort.abort(new Error('enough'));
    await turn();
  };
  expect(await rejection(eachOf(numbers, work, abort.signal, 2))).toMatchObject({ message: 'enough' });
  expect(Math.max(...begun)).toBe(4);
});
