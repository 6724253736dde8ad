import { Turns } from '../../lib/util/turns';
import { outcomeOf, rejection } from '../support/outcome';

const turn = () => new Promise((resolve) => void setImmediate(resolve));

test('first come, first served, and so many at a time', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  let [now, most] = [0, 0];
  const work = (item: number) => async () => {
    begun.push(item);
    most = Math.max(most, ++now);
    await turn();
    now--;
    return item;
  };
  const items = [0, 1, 2, 3, 4, 5];
  expect(await Promise.all(items.map((item) => turns.take(work(item))))).toEqual(items);
  expect(begun).toEqual(items);
  expect(most).toBe(2);
});

test('work that fails passes its turn on', async () => {
  const turns = new Turns(1);
  const works = [() => Promise.reject(new Error('one')), () => Promise.resolve('two')];
  expect(await Promise.all(works.map((work) => outcomeOf(turns.take(work))))).toEqual([new Error('one'), 'two']);
});

test('an abort takes those out that wait, and nobody else', async () => {
  const turns = new Turns(1);
  const abort = new AbortController();
  const begun: string[] = [];
  let end = () => undefined as unknown;
  const first = turns.take(() => new Promise((resolve) => (end = () => resolve('first'))), abort.signal);
  const work = (name: string) => () => Promise.resolve(begun.push(name));
  const second = rejection(turns.take(work('second'), abort.signal));
  const third = turns.take(work('third'));
  abort.abort('enough');
  expect(await second).toBe('enough');
  expect(begun).toEqual([]);
  end();
  await Promise.all([first, third]);
  expect(begun).toEqual(['third']);
});
