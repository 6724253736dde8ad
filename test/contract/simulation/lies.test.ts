import { answerTo } from '../contract';
import { CASES } from '../cases';
import { LIES } from './lies';
import { simulationTarget } from './simulated_world';

// A suite that cannot fail proves nothing: each of these simulations is wrong in one point, and must be found out.

const caseOf = (id: string) => {
  const found = CASES.find((each) => each.id === id);
  if (found === undefined) throw new Error(`there is no case ${id}`);
  return found;
};

test('there are at least thirty lies, about all sorts of things', () => {
  expect(LIES.length).toBeGreaterThanOrEqual(30);
  expect(new Set(LIES.map(({ caughtBy }) => caughtBy.split('/')[0])).size).toBeGreaterThanOrEqual(10);
});

test.each(LIES.map((each) => [each.lie, each.caughtBy, each] as const))('%s: caught by %s', async (_, __, each) => {
  const found = caseOf(each.caughtBy);
  // A case that throws has broken down: it has noticed nothing, and this fails, too.
  expect(await answerTo(simulationTarget('windows', each.told), found)).not.toEqual(found.answer);
});
