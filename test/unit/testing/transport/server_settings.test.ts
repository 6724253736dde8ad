import { scriptedServer } from '../../../../lib/testing/transport/scripted_server';
import { checkServerSettings } from '../../../../lib/testing/transport/server_settings';

const step = (then: unknown, more: object = {}) => ({ script: [{ then, ...more }] });
const change = (settings: unknown) => step({ change: settings });

test.each<[settings: unknown, argument: string]>([
  [null, 'settings'],
  [{ sise: 3 }, "did you mean 'size'?"],
  [{ body: 5 }, 'settings.body'],
  [{ bytes: 'no base64!' }, 'settings.bytes'],
  [{ bytes: Buffer.from('a') }, 'settings.bytes'],
  [{ size: '5MB' }, 'settings.size'],
  [{ size: -1 }, 'settings.size'],
  [{ size: 1.5 }, 'settings.size'],
  [{ body: 'a', size: 1 }, "must have one of 'body', 'bytes' and 'size'"],
  [{ seed: 'a' }, 'settings.seed'],
  [{ ranges: 0 }, 'settings.ranges'],
  [{ head: 'no' }, 'settings.head'],
  [{ length: 5 }, 'settings.length'],
  [{ etag: 5 }, 'settings.etag'],
  [{ etag: 'a\r\nX: b' }, 'settings.etag'],
  [{ modified: new Date(0) }, 'settings.modified'],
  [{ status: '404' }, 'settings.status'],
  [{ status: 99 }, 'settings.status'],
  [{ status: 600 }, 'settings.status'],
  [{ retryAfter: '5' }, 'settings.retryAfter'],
  [{ headers: { 'A b': 'c' } }, 'settings.headers'],
  [{ headers: { A: 5 } }, 'settings.headers.A'],
  [{ headers: [['A', 'b']] }, 'settings.headers'],
  [{ redirect: 302 }, 'settings.redirect'],
  [{ auth: { scheme: 'Basic', userName: 'a' } }, 'settings.auth.scheme'],
  [{ auth: { scheme: 'basic', user: 'a' } }, "Unknown option 'user'"],
  [{ auth: { scheme: 'ntlm' } }, 'settings.auth.userName'],
  [{ auth: { userName: 'a' } }, 'settings.auth.scheme'],
  [{ auth: { scheme: 'ntlm', userName: 'a', proxy: 1 } }, 'settings.auth.proxy'],
  [{ latency: '1 second' }, 'settings.latency'],
  [{ latency: -1 }, 'settings.latency'],
  [{ latency: null }, 'settings.latency'],
  [{ methods: 'PUT' }, 'settings.methods'],
  [{ methods: ['P T'] }, 'settings.methods[0]'],
  [{ certificateProblem: 'expired' }, 'settings.certificateProblem'],
  [{ certificate: '-----BEGIN' }, 'settings.certificate'],
  [{ clientCertificate: 'yes' }, 'settings.clientCertificate'],
  [{ upload: 1 }, 'settings.upload'],
  [{ reply: {} }, 'settings.reply'],
  [{ script: { then: 'reset' } }, 'settings.script'],
  [{ script: ['reset'] }, 'settings.script[0]'],
  [{ script: [{ after: 5 }] }, 'settings.script[0].then'],
  [{ script: [{ then: 'reset' }, { then: 'rest' }] }, 'settings.script[1].then'],
  [step('reset', { afer: 50 }), "did you mean 'after'?"],
  [step('reset', { after: '1 MB' }), 'settings.script[0].after'],
  [step('reset', { times: 0 }), 'settings.script[0].times'],
  [step(401), 'settings.script[0].then'],
  [step({}), "must have one of 'status', 'hresult' and 'change'"],
  [step({ stats: 401 }), "must have one of 'status', 'hresult' and 'change'"],
  [step({ status: 401, hresult: 0x80004005 }), "Unknown option 'hresult'"],
  [step({ status: '401' }), 'settings.script[0].then.status'],
  [step({ status: undefined }), 'settings.script[0].then.status'],
  [step({ status: 503, retryAfter: -1 }), 'settings.script[0].then.retryAfter'],
  [step({ hresult: 0 }), 'settings.script[0].then.hresult'],
  [step({ hresult: 'BG_E_NOPE' }), 'settings.script[0].then.hresult'],
  [step({ hresult: 'S_OK' }), 'settings.script[0].then.hresult'],
  [change({ sze: 1 }), "did you mean 'size'?"],
  [change({ size: -1 }), 'settings.script[0].then.change.size'],
  [change({ script: [] }), "Unknown option 'script'"],
  [change({ body: 'a', bytes: '' }), 'settings.script[0].then.change'],
  [change('body'), 'settings.script[0].then.change'],
])('%j is refused by name', (settings, named) => {
  expect(() => checkServerSettings(settings, 'settings')).toThrow(named);
  expect(() => checkServerSettings(settings, 'settings')).toThrow(/settings/);
});

test.each<[url: unknown]>([['nowhere'], [''], [5], [undefined]])('%j is no URL', (url) => {
  expect(() => scriptedServer(url as string, {})).toThrow('"url" argument');
});

test('what is right is kept as plain data', () => {
  const settings = {
    body: new Uint8Array([1, 2, 3]),
    latency: '1.5s',
    etag: null,
    status: undefined,
    headers: { 'X-A': 'b' },
    script: [
      { after: 1, then: 'reset', times: 2 },
      { then: { status: 503, retryAfter: 5 } },
      { then: { hresult: 'BG_E_EMPTY' } },
      { then: { hresult: -2147012894 } },
      { then: { change: { body: new Uint8Array([4]), latency: '1m' } } },
    ],
  };
  const kept = checkServerSettings(settings, 'settings');
  expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
  expect(kept).toEqual({
    bytes: 'AQID',
    latency: 1500,
    etag: null,
    headers: { 'X-A': 'b' },
    script: [
      { after: 1, then: 'reset', times: 2 },
      { then: { status: 503, retryAfter: 5 } },
      { then: { hresult: 0x80200003 } },
      { then: { hresult: 0x80072ee2 } },
      { then: { change: { bytes: 'BA==', latency: 60_000 } } },
    ],
  });
  expect(checkServerSettings(undefined, 'settings')).toEqual({});
});
