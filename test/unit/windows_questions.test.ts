import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const PAGE = read('docs/windows-questions.md');

test.each([
  ['packaged apps', /^## Packaged apps \(MSIX\)$[^#]+0x8020006E/m],
  ['mapped drives', /^## Drives belong to a log-on$[^#]+mapped drive/m],
  ['System32', /^## Folders of 32-bit programs$[^#]+SysWOW64/m],
])('the guides say what Windows does with %s', (_, section) => {
  expect(read('docs/guides/windows.md')).toMatch(section);
  expect(read('README.md')).toContain('(docs/guides/windows.md)');
});

describe('the questions for Windows', () => {
  test('the test asks exactly those on the page', () => {
    const source = read('test/service/questions.test.ts');
    const asked = Array.from(source.matchAll(/\bask\(\s*['`](.+?)['`],/g), ([, question = '']) => question).flatMap(
      (question) =>
        question.includes('${state}')
          ? ['acknowledged', 'cancelled'].map((state) => question.replace('${state}', state))
          : [question],
    );
    const written = Array.from(PAGE.matchAll(/^### (.+)$/gm), ([, heading]) => heading);
    expect(asked.length).toBeGreaterThan(20);
    expect(written.sort()).toEqual(asked.sort());
  });

  test('each says what it decides', () => {
    const sections = PAGE.split(/^### |^- (?=\*\*)|^## /m)
      .slice(1)
      .filter((section) => !/^Asked by/.test(section));
    expect(sections.length).toBeGreaterThan(40);
    expect(sections.filter((section) => !section.includes('**Decides:**'))).toEqual([]);
  });

  test('the files that they name exist', () => {
    const named = Array.from(
      PAGE.matchAll(/\b(?:lib|native|test|guides|decisions)\/[\w./-]*|\bbinding\.gyp\b/g),
      ([name]) => name.replace(/^(?=guides|decisions)/, 'docs/').replace(/\.$/, ''),
    );
    expect(named.length).toBeGreaterThan(40);
    expect([...new Set(named)].filter((name) => !fs.existsSync(path.join(ROOT, name)))).toEqual([]);
  });
});
