import path from 'node:path';
import inventory from '../../data/bits-api.json';
import { BitsError, BitsNotSupportedError, connect } from '../../lib';
import type { BitsFile, BitsJob } from '../../lib';
import { expectedOn } from '../support/expected_on';
import { note, printAnswers } from '../support/answers';
import { outcomeOf } from '../support/outcome';
import { useService } from '../support/service';

const at = useService();

// Every method of a job and of a file, called on the real service. What Wine's service answers is asserted exactly:
// a value, or the code of the error. On Windows each must succeed or fail with an error of BITS; codes that its page does
// not document are printed.
type Answer = { readonly value: unknown } | { readonly code: string };
type Row = readonly [method: string, args: readonly unknown[], wine: Answer];

const value = (expected: unknown): Answer => ({ value: expected });
const done = value(undefined);
const notImplemented: Answer = { code: 'E_NOTIMPL' };
const noInterface: Answer = { code: 'E_NOINTERFACE' };
const range = { offset: 0, length: 5 };

/** A path for BITS to write to, which the user must be allowed to; the root of a drive is for administrators. */
const inFolder = (name: string) => path.join(at.folder, name);

const JOB = (): readonly Row[] => [
  ['getType', [], value('download')],
  ['getState', [], value('suspended')],
  ['getProgress', [], value({ bytesTotal: null, bytesTransferred: 0, filesTotal: 1, filesTransferred: 0 })],
  ['getTimes', [], notImplemented],
  ['getError', [], { code: 'BG_E_ERROR_INFORMATION_UNAVAILABLE' }],
  ['getOwner', [], notImplemented],
  ['setDisplayName', ['changed'], notImplemented],
  ['setDescription', ['a description'], done],
  ['getDescription', [], value('a description')],
  ['setPriority', ['low'], done],
  ['getPriority', [], notImplemented],
  ['setNotifyFlags', [['jobTransferred', 'jobModification']], done],
  ['getNotifyFlags', [], value(['jobTransferred', 'jobModification'])],
  ['getNotifyInterface', [], value(null)],
  ['setNotifyInterface', [{}], done],
  ['getNotifyInterface', [], value('own')],
  ['setNotifyInterface', [null], done],
  ['setMinimumRetryDelay', [60], done],
  ['getMinimumRetryDelay', [], value(30)], // whatever was set
  ['setNoProgressTimeout', [60], done],
  ['getNoProgressTimeout', [], value(900)], // whatever was set
  ['getErrorCount', [], notImplemented],
  ['setProxySettings', ['noProxy'], notImplemented],
  ['getProxySettings', [], notImplemented],
  ['takeOwnership', [], notImplemented],
  ['setNotifyCmdLine', [null], notImplemented],
  ['getNotifyCmdLine', [], notImplemented],
  ['getReplyProgress', [], notImplemented],
  ['getReplyData', [], notImplemented],
  ['setReplyFileName', [inFolder('reply')], notImplemented],
  ['getReplyFileName', [], notImplemented],
  ['setCredentials', [{ target: 'server', scheme: 'basic', userName: 'u', password: 'p' }], done],
  ['removeCredentials', ['server', 'basic'], done],
  ['replaceRemotePrefix', ['http://a/', 'http://b/'], done],
  ['addFileWithRanges', ['http://127.0.0.1/y', inFolder('y.bin'), [range]], done],
  ['setFileACLFlags', [['owner', 'dacl']], done],
  ['getFileACLFlags', [], value([])], // whatever was set
  ['setPeerCachingFlags', [['enableClient']], done],
  ['getPeerCachingFlags', [], notImplemented],
  ['getOwnerIntegrityLevel', [], notImplemented],
  ['getOwnerElevationState', [], notImplemented],
  ['setMaximumDownloadTime', [60], done],
  ['getMaximumDownloadTime', [], notImplemented],
  ['setProperty', ['minimumNotificationIntervalMs', 1000], noInterface],
  ['getProperty', ['minimumNotificationIntervalMs'], noInterface],
  ['setClientCertificateByID', ['currentUser', 'MY', new Uint8Array(20)], notImplemented],
  ['setClientCertificateByName', ['currentUser', 'MY', 'nobody'], notImplemented],
  ['removeClientCertificate', [], notImplemented],
  ['getClientCertificate', [], { code: 'RPC_X_NULL_REF_POINTER' }],
  ['getCustomHeaders', [], value([])],
  ['setCustomHeaders', [{ 'X-One': '1', 'X-Two': 'zwei' }], done],
  [
    'getCustomHeaders',
    [],
    value([
      ['X-One', '1'],
      ['X-Two', 'zwei'],
    ]),
  ],
  ['setSecurityFlags', [['enableCrlCheck', 'redirectDisallow']], done],
  ['getSecurityFlags', [], value(['enableCrlCheck', 'redirectDisallow'])],
  ['setHttpMethod', ['GET'], noInterface],
  ['getHttpMethod', [], noInterface],
  ['setServerCertificateValidationInterface', [null], noInterface],
  ['makeCustomHeadersWriteOnly', [], noInterface],
  ['setHelperTokenFlags', [[]], noInterface],
  ['getHelperTokenFlags', [], noInterface],
  ['setHelperToken', [], noInterface],
  ['clearHelperToken', [], noInterface],
  ['getHelperTokenSid', [], noInterface],
  ['suspend', [], notImplemented],
];

const FILE = (): readonly Row[] => [
  ['getRemoteName', [], value('http://127.0.0.1/x')],
  ['getLocalName', [], value(inFolder('x.bin'))],
  ['getProgress', [], value({ bytesTotal: null, bytesTransferred: 0, completed: false })],
  ['getFileRanges', [], notImplemented],
  ['setRemoteName', ['http://127.0.0.1/z'], notImplemented],
  ['getTemporaryName', [], noInterface],
  ['setValidationState', [true], noInterface],
  ['getValidationState', [], noInterface],
  ['isDownloadedFromPeer', [], noInterface],
  ['getPeerDownloadStats', [], noInterface],
  ['setProperty', ['httpResponseHeaders', ''], noInterface],
  ['getProperty', ['httpResponseHeaders'], noInterface],
  ['updateDownloadPosition', [1], noInterface],
  ['requestFileRanges', [[range]], noInterface],
  ['getFilledFileRanges', [], noInterface],
];

const documented = new Map(
  inventory.interfaces.flatMap(({ name, methods }) =>
    methods.map((method) => [`${name}::${method.name}`, method.hresults.map(({ value: hresult }) => Number(hresult))]),
  ),
);

/** Codes that any method may answer with, by its arguments or its place, though its page does not name them. */
const ANYWHERE = ['E_NOTIMPL', 'E_NOINTERFACE', 'E_INVALIDARG', 'E_ACCESSDENIED', 'RPC_X_BAD_STUB_DATA'];

async function answers(object: BitsJob | BitsFile, [method, args, wine]: Row): Promise<void> {
  const call = (object as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>)[method];
  const answer = await call?.apply(object, [...args]).then(value, (error: unknown) => error as BitsError);
  expect(answer).toMatchObject(expectedOn<object>({ windows: {}, wine }));
  if (answer instanceof Error) expect(answer).toBeInstanceOf(BitsError);
  if (!(answer instanceof BitsError)) return;
  if (/^E_NO(TIMPL|INTERFACE)$/.test(answer.code)) expect(answer).toBeInstanceOf(BitsNotSupportedError);
  if (ANYWHERE.includes(answer.code)) return;
  const known = documented.get(answer.method ?? '') ?? [];
  if (!known.includes(answer.hresult ?? 0)) note(`an undocumented code of ${answer.method}`, answer.code);
}

const files = () => [{ url: 'http://127.0.0.1/x', path: inFolder('x.bin') }];

afterAll(printAnswers);

describe('on the real service', () => {
  test('every call on a job, one after another', async () => {
    const job = await at.createJob({ files: files() });
    for (const row of JOB()) await answers(job, row);
  });

  test('every call on a file', async () => {
    const [file] = await (await at.createJob({ files: files() })).getFiles();
    if (file === undefined) throw new Error('the job has no file');
    for (const row of FILE()) await answers(file, row);
  });

  test('a missing interface is named with what it needs', async () => {
    const job = await at.createJob();
    const needs = { interface: 'IBackgroundCopyJobHttpOptions2', bits: '10.2' };
    const missing = expect.objectContaining({
      name: 'BitsNotSupportedError',
      needs: expect.objectContaining(needs),
    });
    // Windows has them all.
    expect(await outcomeOf(job.setHttpMethod('GET'))).toEqual(expectedOn({ windows: undefined, wine: missing }));
  });

  test('snapshot() has everything that can be read', async () => {
    const job = await at.createJob({ description: 'd', files: files() });
    const snapshot = await job.snapshot();
    expect(snapshot).toMatchObject({
      id: job.id,
      state: 'suspended',
      type: 'download',
      description: 'd',
      progress: { filesTotal: 1, bytesTotal: null },
    });
    expect(snapshot).toMatchObject(
      expectedOn<object>({
        windows: { priority: 'normal', errorCount: 0 },
        wine: { priority: null, times: null, errorCount: null, owner: null },
      }),
    );
    expect(Object.isFrozen(snapshot)).toBe(true);
    expect(snapshot.capturedAt).toBeInstanceOf(Date);
  });

  test('capabilities, without a job left behind', async () => {
    const bits = await connect();
    const capabilities = await bits.capabilities;
    expect(await bits.capabilities).toBe(capabilities); // asked once
    expect(capabilities.interfaces).toContain('IBackgroundCopyJob4');
    const { version, interfaces, properties } = capabilities;
    expect({ version, job5: interfaces.has('IBackgroundCopyJob5'), properties: [...properties] }).toEqual(
      expectedOn<object>({
        windows: { version: expect.any(String), job5: true, properties: expect.arrayContaining(['costFlags']) },
        wine: { version: '3.0', job5: false, properties: [] },
      }),
    );
    const left = await Promise.all(
      (await bits.getJobs()).map(async (job) => [await job.getDisplayName(), await job.getState()]),
    );
    expect(left.filter(([name, state]) => name?.startsWith('windows-bits: asking') && state !== 'cancelled')).toEqual(
      [],
    );
    await bits.close();
  });

  test('getErrorDescription', async () => {
    expect(await outcomeOf(at.bits.getErrorDescription(0x80200003))).toEqual(
      expectedOn<unknown>({
        windows: expect.stringMatching(/^.{11}/s),
        wine: expect.objectContaining({ code: 'E_NOTIMPL' }),
      }),
    );
  });
});
