import fs from 'node:fs';
import path from 'node:path';
import { isBitsError } from '../../lib';
import type { Answer, Case } from './case';
import { CASES, SUBJECTS } from './cases';
import { expectedOf, flaws } from './differences';
import { NotReached } from './steps';
import { CONTROLS } from './target';
import type { Target } from './target';

/** What a case finds out on a target. */
export async function answerTo(target: Target, { run }: Case): Promise<Answer> {
  const { world, close } = await target.open();
  try {
    return await run(world);
  } catch (error) {
    if (error instanceof NotReached) return `not reached: ${error.message}`;
    if (isBitsError(error)) return `rejected: ${error.code}`;
    throw error;
  } finally {
    await close();
  }
}

/** The controls that a case takes and a target does not have. */
export const missingControls = (target: Target, { needs = [] }: Case) =>
  needs.filter((control) => !CONTROLS[target.name].includes(control));

/**
 * All cases as tests. An answer that is neither documented nor in a row of data/contract-differences.json fails, and so
 * does a row whose answer has become the documented one. Cases that take a control that the target does not have are
 * named. With WINDOWS_BITS_RECORD, a folder, what was seen is written there too, for data/observed.
 */
export function testContract(target: Target): void {
  const answers: Record<string, Answer> = {};
  const isTried = (each: Case) => missingControls(target, each).length === 0;

  for (const [name, cases] of Object.entries(SUBJECTS)) {
    const tried = cases.filter(isTried);
    if (tried.length === 0) continue;
    describe(`${name} on ${target.name}`, () => {
      test.each(tried.map((each) => [each.id, each.title, each] as const))('%s: %s', async (id, _, each) => {
        const answer = await answerTo(target, each);
        answers[id] = answer;
        const { answer: expected, otherwise } = expectedOf(each, target.name);
        expect(answer).toEqual(expected);
        if (otherwise !== undefined) expect(expected).not.toEqual(otherwise); // the row can go
      });
    });
  }

  test('rows of differences name cases and targets that exist', () => {
    expect(flaws()).toEqual([]);
  });

  afterAll(async () => {
    await target.close?.();
    const untried = CASES.filter((each) => !isTried(each));
    if (untried.length > 0) {
      console.info(
        `${target.name}, no control:\n${untried.map(({ id, needs }) => `${id} (${needs?.join(', ')})`).join('\n')}`,
      );
    }
    const folder = process.env['WINDOWS_BITS_RECORD'];
    if (folder === undefined) return;
    const { name, version } = target;
    const record = { target: name, version, date: new Date().toISOString().slice(0, 10), answers };
    fs.mkdirSync(folder, { recursive: true });
    const file = version === undefined ? name : `${name}-${version}`;
    fs.writeFileSync(path.join(folder, `${file}.json`), `${JSON.stringify(record, null, 2)}\n`);
  });
}
