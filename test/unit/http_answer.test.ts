import { parseHttpAnswer } from '../../lib/download/http_answer';

describe('status and headers of an answer', () => {
  test('as BITS tells them', () => {
    const http = parseHttpAnswer(
      'HTTP/1.1 206 Partial Content\r\nETag: "a:b"\r\nSet-Cookie: one\r\nSet-Cookie: two\r\nX-Empty:\r\n\r\n',
    );
    expect(http).toEqual({
      status: 206,
      headers: [
        ['ETag', '"a:b"'],
        ['Set-Cookie', 'one'],
        ['Set-Cookie', 'two'],
        ['X-Empty', ''],
      ],
    });
    for (const part of [http, http?.headers, http?.headers[0]]) expect(Object.isFrozen(part)).toBe(true);
    expect(new Headers(http?.headers as [string, string][]).get('set-cookie')).toBe('one, two');
  });

  test('of several answers the last one; folded lines; no reason; bare line feeds; HTTP/2', () => {
    expect(parseHttpAnswer('HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nHTTP/2 200\nX-A: 1,\n  2\nnonsense\n')).toEqual({
      status: 200,
      headers: [['X-A', '1, 2']],
    });
  });

  test.each([[null], [''], ['ETag: x\r\n'], ['HTTP/1.1 OK'], ['HTTP/1.1 2000 x']])('no answer: %j', (text) => {
    expect(parseHttpAnswer(text)).toBeNull();
  });
});
