import { redactText, redactUrl, shortUrl } from '../../lib/util/redaction';

describe('redactUrl', () => {
  test.each([
    ['http://host/a', 'http://host/a'],
    ['https://host:8443/a/b', 'https://host:8443/a/b'],
    ['https://me:pw@host/a.zip?sig=1', 'https://***@host/a.zip?***'],
    ['http://me@host', 'http://***@host'],
    ['http://host/a?x', 'http://host/a?***'],
    ['http://host/a#frag', 'http://host/a#***'],
    ['http://host?x#y', 'http://host?***#***'],
    ['http://a:b@c@host/', 'http://***@host/'],
    ['http://host/@scope/pkg', 'http://host/@scope/pkg'],
    ['http://host:80/@scope/pkg', 'http://host:80/@scope/pkg'],
    ['http://[::1]:80/@x', 'http://[::1]:80/@x'],
    ['http://me:p/w@host/a', 'http://***@host/a'],
    ['http:/me:pw@host/a', 'http:/***@host/a'],
    ['http:me:pw@host/a', 'http:***@host/a'],
    ['me:pw@host/a?q', '***@host/a?***'],
    ['file://me:pw@host/share', 'file://***@host/share'],
    ['C:\\a@b\\c', 'C:\\a@b\\c'],
    ['c:/a@b/c', 'c:/a@b/c'],
    ['\\\\server\\a@b\\c', '\\\\server\\a@b\\c'],
    ['', ''],
    ['x', 'x'],
  ])('%s -> %s', (url, masked) => expect(redactUrl(url)).toBe(masked));

  test('twice is once', () => expect(redactUrl(redactUrl('http://a:b@h/?q#f'))).toBe('http://***@h/?***#***'));

  test('is linear in the length of what it gets', () => {
    const start = performance.now();
    for (const piece of ['a', '@', ':', '/', 'a.', '?', 'http://']) redactText(redactUrl(piece.repeat(100_000)));
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

test('shortUrl is at most 80 characters and masked', () => {
  const short = shortUrl(`https://me:pw@host/${'a'.repeat(200)}?sig=1`);
  expect(short).toHaveLength(80);
  expect(short).toMatch(/^https:\/\/\*\*\*@host\/a+…$/);
});

test('redactText redacts every URL in a text', () => {
  expect(redactText('moving "https://a:b@h/x?y=1" to http://h/z#w, then C:\\x?')).toBe(
    'moving "https://***@h/x?***" to http://h/z#***, then C:\\x?',
  );
  expect(redactText("('https://me:p'w@h/x?y=1')")).toBe("('https://***@h/x?***')");
  expect(redactText('\u001b[32mhttps://h/x?y=1\u001b[39m')).toBe('\u001b[32mhttps://h/x?***\u001b[39m');
  expect(redactText('See https://h/x.')).toBe('See https://h/x.');
});
