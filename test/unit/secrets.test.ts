import { inspect } from 'node:util';
import * as check from '../../lib/arguments/checks';
import { checkSignal } from '../../lib/arguments/signal';
import { checkLocalPath, checkUrl } from '../../lib/arguments/urls_and_paths';
import {
  BitsAbortError,
  BitsClosedError,
  BitsError,
  BitsLoadError,
  BitsTimeoutError,
  errorFromNative,
  explain,
  transferError,
} from '../../lib/errors';
import { explainJob } from '../../lib/explain/explain_job';

/* A secret wherever one can be, then a search through all that can be seen of what comes out. */

const CANARY = 'c4n4ry';
const URLS = [
  `https://${CANARY}user:${CANARY}pw@host/a.zip?sig=${CANARY}&${CANARY}name=1#${CANARY}`,
  `https://${CANARY}@host/a.zip`,
  `https://host/a.zip?${CANARY}`,
  `https://host/a.zip#${CANARY}`,
  `https://u:${CANARY}'quoted@host/`,
  `https://u:${CANARY}/slash@host/`,
  `HTTP://U:${CANARY}@HOST?${CANARY}`,
  `https://u:${CANARY}@[::1]:80/?${CANARY}`,
  `file://u:${CANARY}@host/share`,
];

/** Everything that a log, a crash report or a debugger shows. */
function seen(value: unknown): string {
  const error = value as Partial<BitsError>;
  const properties = Object.getOwnPropertyNames(value).filter((name) => name !== 'cause');
  return [
    String(value),
    inspect(value, { depth: 9 }),
    inspect(value, { depth: 9, colors: true }),
    inspect([value]),
    JSON.stringify(value),
    error.message,
    error.stack,
    error.advice,
    error.description,
    ...properties.map((name) => inspect(Reflect.get(value as object, name), { depth: 9 })),
  ].join('\n');
}

describe.each(URLS)('%s', (url) => {
  const file = { remoteName: url, localName: 'C:\\a.zip' };
  const call = { hresult: 0x80200002, method: 'IBackgroundCopyJob::AddFile', kind: 'call' } as const;
  const cause = Object.assign(new Error(`request to ${url} failed`), { url });
  const description = `Server said: ${url}`;

  const made: [string, () => unknown][] = [
    ['a failed call', () => errorFromNative(call, { action: `adding ${url}` })],
    ['a failed call in quotes', () => errorFromNative(call, { action: `adding '${url}'` })],
    ['a lost call', () => errorFromNative({ ...call, kind: 'lost' }, { action: `adding ${url}` })],
    [
      'a missing interface',
      () => errorFromNative({ ...call, hresult: 0x80004002, kind: 'interface' }, { action: `adding ${url}` }),
    ],
    ['a closed connection', () => errorFromNative({ ...call, kind: 'closed' }, { action: `adding ${url}` })],
    [
      'an environment',
      () =>
        errorFromNative({ ...call, hresult: 0x80070005 }, { action: `adding ${url}`, environment: 'restrictedToken' }),
    ],
    [
      'a failed transfer',
      () =>
        transferError({
          hresult: 0x80190194,
          context: 'remoteFile',
          transient: false,
          file,
          description,
          advice: `Try ${url}`,
          cause,
        }),
    ],
    ['an error with all fields', () => new BitsError(`x ${url}`, { code: 'E_FAIL', description, advice: url, cause })],
    ['an error with a text as cause', () => new BitsError('x', { code: 'E_FAIL', cause: `see ${url}` })],
    ['an error of an error', () => new BitsAbortError('x', { cause: new BitsError(url, { code: 'E_FAIL', cause }) })],
    ['an abort', () => new BitsAbortError(`waiting for ${url}`, { cause })],
    ['a timeout', () => new BitsTimeoutError(`waiting for ${url}`, 5)],
    ['a closed manager', () => new BitsClosedError(url)],
    ['a load error', () => new BitsLoadError(`cannot read ${url}`, { cause })],
    ['an explanation', () => explain(cause)],
    [
      'an explanation of a failed transfer',
      () =>
        explain(
          transferError({
            hresult: 0x80190194,
            context: 'remoteFile',
            transient: false,
            file,
            advice: `Try ${url}`,
          }),
        ),
    ],
    [
      'a job',
      () =>
        explainJob(
          { state: 'error', error: { hresult: 0x80190194, context: 'remoteFile', file } },
          { now: new Date() },
        ),
    ],
  ];
  test.each(made)('%s', (_what, make) => expect(seen(make())).not.toContain(CANARY));

  test('revealUrls reveals, where it is asked for', () => {
    const failed = { hresult: 0x80190194, context: 'remoteFile', transient: false, file } as const;
    expect(transferError({ ...failed, revealUrls: true })).toMatchObject({ url, file });
    const called = errorFromNative(call, { action: `adding ${url}`, revealUrls: true });
    expect(called.message).toContain(url);
  });
});

describe('arguments that are refused', () => {
  const secret = `${CANARY} hunter2`;
  const refused: [string, () => unknown][] = [
    ['text too long', () => check.checkText(secret, 'password', { max: 3 })],
    ['text with NUL', () => check.checkText(`${secret}\0`, 'password')],
    ['number', () => check.checkUint32(secret, 'x')],
    ['boolean', () => check.checkBoolean(secret, 'x')],
    ['GUID of another type', () => check.checkGuid({ secret }, 'x')],
    ['options', () => check.checkOptions(secret, 'options', ['name'])],
    ['function', () => check.checkFunction(secret, 'x')],
    ['signal', () => checkSignal({ secret }, 'x')],
    ['array', () => check.checkNonEmptyArray(secret, 'x', check.checkBoolean)],
    ['URL', () => checkUrl(`https://u:${CANARY}@/a?${CANARY}`, 'url')],
    ['long URL', () => checkUrl(`https://u:${CANARY}@host/${'a'.repeat(3000)}?${CANARY}`, 'url')],
    ['path', () => checkLocalPath({ secret }, 'path')],
    ['code', () => explain(secret)],
    ['object instead of a code', () => explain({ secret, code: secret })],
  ];
  test.each(refused)('%s', (_what, refuse) => {
    let error: unknown;
    try {
      refuse();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(Error);
    expect(seen(error)).not.toContain(CANARY);
  });
});
