import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as bits from '../../lib';
import { useService } from '../support/service';

const at = useService();
const guides = path.join(__dirname, '../../docs/guides');

/** The code blocks of a page. */
const blocks = (page: string) =>
  Array.from(
    fs.readFileSync(path.join(guides, page), 'utf8').matchAll(/```js\n([\s\S]*?)```/g),
    ([, code]) => code ?? '',
  );

const cases = ['download.md', 'restart.md', 'events.md'].flatMap((page) =>
  blocks(page).map((code, i) => [page, i + 1, code] as const),
);

test.each(cases)('%s, block %d runs as it stands', async (_, __, code) => {
  const body = randomBytes(20_000);
  const { url } = at.serve('guide.zip', body);
  const said: unknown[][] = [];
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the page is ours
  const run = new Function('require', 'console', 'url', 'folder', 'sha256', `return (async () => {${code}})()`) as (
    ...args: unknown[]
  ) => Promise<void>;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- what the page asks for
  const load = (name: string): unknown => (name === 'windows-bits' ? bits : require(name));
  await run(
    load,
    { log: (...words: unknown[]) => said.push(words) },
    url,
    at.folder,
    createHash('sha256').update(body).digest('hex'),
  );
  expect(said.flat().filter((word) => word instanceof Error || /^B(ITS|G)_/.test(String(word)))).toEqual([]);
  const made = fs.readdirSync(at.folder);
  for (const name of Array.from(code.matchAll(/\\\\(\w+\.zip)/g), ([, file]) => file)) expect(made).toContain(name);
});
