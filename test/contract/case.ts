import type { Control, World } from './world';

/** What a case finds out: plain data, without anything that differs from run to run (ids, ports, times). */
export type Answer = null | boolean | number | string | readonly Answer[] | { readonly [name: string]: Answer };

/** One behaviour of BITS, seen through the public API. */
export interface Case {
  /** Subject and name: 'states/new'. */
  readonly id: string;
  readonly title: string;
  /** Microsoft's page, or the section of one, that says so: 'IBackgroundCopyJob::Resume', 'Life Cycle of a BITS Job'. */
  readonly source: string;
  /** What the computer must let itself be made to do; a target that lacks one of these cannot run the case. */
  readonly needs?: readonly Control[];
  /** What the page says. */
  readonly answer: Answer;
  run(world: World): Promise<Answer>;
}

/** Cases of one subject, which their ids begin with. */
export function subject(name: string, cases: readonly Case[]): readonly Case[] {
  return cases.map((each) => ({ ...each, id: `${name}/${each.id}`, run: (world) => each.run(world) }));
}
