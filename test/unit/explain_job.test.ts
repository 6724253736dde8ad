import { inspect } from 'node:util';
import { JOB_STATE, wordsOf } from '../../lib/contract/enums';
import { adviceFor } from '../../lib/errors/advice';
import { CODES } from '../../lib/errors/codes';
import { explainJob } from '../../lib/explain/explain_job';
import type { JobExplanation, JobFacts } from '../../lib/errors/job_explanation';
import { estimateRetry } from '../../lib/explain/next_retry';

const NOW = new Date('2026-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
const NOT_FOUND = {
  hresult: 0x80190194,
  context: 'remoteFile',
  file: { remoteName: 'https://me:pw@host/a.zip?sig=1', localName: 'C:\\a.zip' },
} as const;
const FACTS: JobFacts = {
  type: 'download',
  errorCount: 2,
  minimumRetryDelay: 600_000,
  noProgressTimeout: 1_209_600_000,
  modificationTime: ago(120),
  bytesTotal: 200,
  bytesTransferred: 50,
  filesTotal: 4,
  filesTransferred: 1,
  priority: 'normal',
  costPolicy: 'always',
  notifyFlags: ['jobTransferred', 'jobError'],
  owner: 'S-1-5-21-1-2-3-1001',
};
const ask = (facts: JobFacts): JobExplanation => explainJob({ ...FACTS, ...facts }, { now: NOW });
const calls = (explanation: JobExplanation) => explanation.actions.map(({ call }) => call ?? null);

describe('every state', () => {
  const cases: [JobFacts, Partial<JobExplanation>, (string | null)[]][] = [
    [
      { state: 'queued' },
      {
        verdict: 'waiting',
        summary: 'The job has been waiting for its turn for 2 minutes.',
      },
      ['setPriority'],
    ],
    [
      { state: 'queued', priority: 'foreground', modificationTime: NOW },
      {
        verdict: 'waiting',
        summary: 'The job is waiting for its turn.',
      },
      [],
    ],
    [
      { state: 'queued', ownerLoggedOn: false },
      {
        verdict: 'waiting',
        blockedBy: 'notLoggedOn',
        summary: 'The job waits for its owner: BITS transfers only while the owner is logged on.',
      },
      [null],
    ],
    [
      { state: 'connecting', modificationTime: ago(3) },
      {
        verdict: 'moving',
        summary: 'BITS is connecting to the server.',
      },
      [],
    ],
    [
      { state: 'connecting', modificationTime: ago(900) },
      {
        verdict: 'moving',
        summary: 'BITS has been trying to connect to the server for 15 minutes.',
      },
      [null],
    ],
    [
      { state: 'transferring' },
      {
        verdict: 'moving',
        summary: 'The job is transferring (50 of 200 bytes, 25 %, 1 of 4 files).',
      },
      [],
    ],
    [
      { state: 'transferring', bytesTotal: null, filesTotal: 1, modificationTime: ago(7200) },
      {
        verdict: 'moving',
        summary: 'The job is transferring (50 bytes so far), without a change for 2 hours.',
      },
      ['setPriority'],
    ],
    [
      { state: 'suspended' },
      {
        verdict: 'stopped',
        summary:
          'The job is suspended (50 of 200 bytes, 25 %, 1 of 4 files): it was never ' +
          'resumed, or it has been suspended.',
      },
      ['resume'],
    ],
    [
      { state: 'suspended', filesTotal: 0, bytesTotal: 0, bytesTransferred: 0 },
      {
        verdict: 'stopped',
        summary: 'The job is suspended and has no files.',
      },
      ['addFile', 'resume'],
    ],
    [
      { state: 'suspended', onDemand: true },
      {
        verdict: 'stopped',
        summary: 'The job waits for ranges to be requested.',
      },
      [null],
    ],
    [
      { state: 'error', error: NOT_FOUND },
      {
        verdict: 'stopped',
        context: 'remoteFile',
        blockedBy: null,
        summary:
          'The job failed at the remote file https://***@host/a.zip?***: the server answered 404: not found ' +
          '(BG_E_HTTP_ERROR_404, 0x80190194).',
      },
      [null, 'resume', 'complete', 'cancel'],
    ],
    [
      { state: 'error', type: 'upload', error: { hresult: 0x8020001d, context: 'localFile', file: NOT_FOUND.file } },
      {
        verdict: 'stopped',
        summary:
          'The job failed at the local file C:\\a.zip: the local file changed while it ' +
          'was being uploaded (BG_E_LOCAL_FILE_CHANGED, 0x8020001D).',
      },
      [null, null, 'cancel'],
    ],
    [
      { state: 'error' },
      { verdict: 'stopped', error: null, summary: 'The job failed: the error is not available.' },
      ['resume', 'complete', 'cancel'],
    ],
    [
      { state: 'transientError', error: { hresult: 0x80072ee7, context: 'transport' } },
      {
        verdict: 'waiting',
        blockedBy: null,
        summary:
          'The job is held up in the transport: the name of the server or proxy could not be resolved ' +
          '(ERROR_WINHTTP_NAME_NOT_RESOLVED, 0x80072EE7).',
      },
      [null, 'resume'],
    ],
    [
      { state: 'transientError', error: { hresult: 0x8020006f, context: 'queueManager' } },
      {
        verdict: 'waiting',
        blockedBy: 'gameMode',
      },
      [null, 'resume'],
    ],
    [
      { state: 'transientError', error: NOT_FOUND, noProgressTimeout: 60_000 },
      { verdict: 'stopped' },
      [null, 'setMinimumRetryDelay', 'resume'],
    ],
    [
      { state: 'transferred' },
      {
        verdict: 'ready',
        summary:
          'Everything has been transferred; the job waits to be completed, and the files have ' +
          'temporary names until then.',
      },
      ['complete'],
    ],
    [
      { state: 'transferred', type: 'upload' },
      {
        verdict: 'ready',
        summary: 'Everything has been sent; the job waits to be completed.',
      },
      ['complete'],
    ],
    [{ state: 'acknowledged' }, { verdict: 'ended', summary: 'The job was completed and has left the queue.' }, []],
    [{ state: 'cancelled' }, { verdict: 'ended', expires: null, missing: [], remarks: [] }, []],
    [
      { state: 'unknown:17' },
      {
        verdict: 'unknown',
        summary: 'The job is in the state 17, which this version of the library does not know.',
      },
      [null],
    ],
    [{ state: undefined }, { verdict: 'unknown', state: null, summary: 'The state of the job is not available.' }, []],
  ];

  test.each(cases)('%j', (facts, expected, expectedCalls) => {
    const explanation = ask(facts);
    expect(explanation).toMatchObject({ state: facts.state ?? null, ...expected });
    expect(calls(explanation)).toEqual(expectedCalls);
    expect(explanation.text.startsWith(explanation.summary)).toBe(true);
    expect(explanation.text).not.toMatch(/undefined|null|NaN|\.\.| {2}|[\r\n]/);
    for (const { text, audience } of explanation.actions) {
      expect(explanation.text).toContain(text);
      expect(audience.length).toBeGreaterThan(0);
    }
  });

  test('none is left out', () => {
    const states = new Set(cases.map(([{ state }]) => state));
    for (const state of wordsOf(JOB_STATE)) expect(states).toContain(state);
  });

  test.each([...wordsOf(JOB_STATE), 'unknown:17' as const, undefined])('%s with nothing else known', (state) => {
    const explanation = explainJob({ state }, { now: NOW });
    expect(explanation.text).not.toMatch(/undefined|null|NaN|\.\.| {2}/);
    expect(explanation.expires).toBeNull();
    const ended = state === 'acknowledged' || state === 'cancelled';
    expect(explanation.missing.length > 5).toBe(!ended);
    expect(/Not available from this BITS: .*no progress timeout.*, owner/.test(explanation.text)).toBe(!ended);
  });
});

test('every code as the error of a job, in both states', () => {
  for (const [symbol, { action, hresult }] of Object.entries(CODES)) {
    for (const state of ['error', 'transientError'] as const) {
      const explanation = ask({ state, error: { hresult, context: 'unknown', file: null } });
      expect(explanation.error?.code).toBe(symbol);
      expect(explanation.actions[0]?.text).toBe(adviceFor(action, state === 'error' ? 'stopped' : 'waiting'));
      expect(explanation.text).toContain(`(${symbol}, `);
      expect(explanation.text).not.toMatch(/undefined|NaN|\.\./);
    }
  }
});

test.each([[0x80200011], [0x80200013]])(
  'dynamic content is advised where a server tells no size or knows no ranges (%i)',
  (hresult) => {
    const { actions } = ask({ state: 'error', error: { hresult, context: 'remoteFile' } });
    expect(actions[0]?.text).toMatch(
      /download\(\{ dynamicContent: true \}\).* foreground priority and the property dynamicContent/,
    );
  },
);

test('a whole paragraph', () => {
  expect(ask({ state: 'transientError', error: { hresult: 0x80200010, context: 'queueManager' } }).text).toBe(
    'The job is held up in the BITS queue manager: no network connection (BG_E_NETWORK_DISCONNECTED, 0x80200010). ' +
      'BITS continues by itself as soon as that ends. It has failed 2 times so far. After 14 days without progress it ' +
      'fails permanently. BITS reports this state only to modification callbacks, which the job has not requested. ' +
      'Its priority is normal: it uses only idle bandwidth. It belongs to S-1-5-21-1-2-3-1001. ' +
      'Connect to a network: BITS then queues every waiting job again automatically. To retry at once, resume it.',
  );
});

test('settings that play a part', () => {
  const { remarks } = ask({
    state: 'queued',
    priority: 'low',
    costPolicy: ['unrestricted', 'belowCap'],
    notifyFlags: ['disable'],
    notifyCommand: true,
    owner: 'S-1-5-18',
    ownerElevated: true,
    errorCount: 1,
  });
  expect(remarks).toEqual([
    'It has failed once so far.',
    'BITS transfers background jobs one at a time, and only while their owner is logged on.',
    'Its priority is low: it uses only idle bandwidth.',
    'It transfers only on networks whose cost is allowed (unrestricted, belowCap).',
    'Its notifications are switched off.',
    'It starts a program when it is transferred or fails.',
    'It belongs to LocalSystem, which has no proxy settings and no mapped drives of a user.',
    'It was created by an elevated process, and only an elevated one can change it.',
  ]);
});

test('the record is frozen, and has the retry, the expiry and the file', () => {
  const explanation = ask({ state: 'transientError', error: NOT_FOUND });
  expect(explanation).toMatchObject({
    retry: { automatic: true, waitsFor: 'delay', next: new Date('2026-01-01T12:08:00Z') },
    expires: new Date('2026-04-01T11:58:00Z'),
    missing: [],
    file: { remoteName: 'https://***@host/a.zip?***', localName: 'C:\\a.zip' },
  });
  expect(explanation.remarks[0]).toBe('BITS retries by itself in about 8 minutes.');
  const { actions, remarks, missing, file } = explanation;
  for (const part of [explanation, actions, actions[0], remarks, missing, file]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
  expect(inspect(explanation, { depth: 9 }) + JSON.stringify(explanation)).not.toMatch(/me:pw|sig=1/);
  const revealed = explainJob({ ...FACTS, state: 'error', error: NOT_FOUND }, { now: NOW, revealUrls: true });
  expect(revealed.file).toEqual(NOT_FOUND.file);
});

describe('estimateRetry', () => {
  const facts = {
    state: 'transientError',
    hresult: 0x801901f7,
    modificationTime: NOW,
    minimumRetryDelay: 60_000,
  } as const;
  test.each<[object, object]>([
    [{}, { automatic: true, waitsFor: 'delay', next: new Date('2026-01-01T12:01:00Z') }],
    [{ modificationTime: null }, { automatic: true, waitsFor: 'delay', next: null }],
    [{ minimumRetryDelay: undefined }, { automatic: true, waitsFor: 'delay', next: null }],
    [{ hresult: undefined }, { automatic: true, waitsFor: 'delay', next: new Date('2026-01-01T12:01:00Z') }],
    [{ hresult: 0x80200010 }, { automatic: true, waitsFor: 'condition', next: null }],
    [{ hresult: 0x8020000d }, { automatic: true, waitsFor: 'condition', next: null }],
    [{ hresult: 0x800706ba }, { automatic: true, waitsFor: 'delay', next: new Date('2026-01-01T12:01:00Z') }],
    [{ noProgressTimeout: 59_999 }, { automatic: false, waitsFor: null, next: null }],
    [{ noProgressTimeout: 60_000 }, { automatic: true, waitsFor: 'delay', next: new Date('2026-01-01T12:01:00Z') }],
    [{ state: 'error' }, { automatic: false, waitsFor: null, next: null }],
    [{ state: undefined }, { automatic: false, waitsFor: null, next: null }],
  ])('%j', (more, expected) => expect(estimateRetry({ ...facts, ...more })).toEqual(expected));
});
