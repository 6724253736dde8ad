import rows from '../../data/contract-differences.json';
import type { Answer, Case } from './case';
import { CASES } from './cases';
import { CONTROLS } from './target';
import type { TargetName } from './target';

/** Why the answer of a target is another than the documented one. */
export interface Difference {
  readonly case: string;
  readonly target: TargetName;
  readonly answer: Answer;
  readonly why: string;
}

export const DIFFERENCES = rows as readonly Difference[];

/** What a simulation simulates: where that answers something else than is documented, the simulation does so, too. */
const ORIGINALS: Readonly<Partial<Record<TargetName, TargetName>>> = {
  simulation: 'windows',
  'simulated-wine-8': 'wine-8',
};

const rowOf = (id: string, target: TargetName | undefined): Difference | undefined =>
  DIFFERENCES.find((row) => row.case === id && row.target === target);

/** What a target must answer, and what it would have to without a row of its own. */
export function expectedOf(
  { id, answer }: Case,
  target: TargetName,
): { readonly answer: Answer; readonly otherwise?: Answer } {
  const otherwise = rowOf(id, ORIGINALS[target])?.answer ?? answer;
  const row = rowOf(id, target);
  return row === undefined ? { answer: otherwise } : { answer: row.answer, otherwise };
}

/** What is wrong with the rows themselves: nothing, if all is well. */
export function flaws(): readonly string[] {
  const ids = new Set(CASES.map(({ id }) => id));
  const seen = new Set<string>();
  return DIFFERENCES.flatMap((row) => {
    const name = `${row.case} on ${row.target}`;
    const isTwice = seen.has(name);
    seen.add(name);
    if (isTwice) return [`${name}: two rows`];
    if (!ids.has(row.case)) return [`${name}: no such case`];
    if (!(row.target in CONTROLS)) return [`${name}: no such target`];
    return row.why.trim() === '' ? [`${name}: no reason`] : [];
  });
}
