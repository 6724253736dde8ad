import type { BitsManager } from '../../lib';
import { double } from '../support/double';

/** What CoSetProxyBlanket asks a pointer for, once for each blanket that is set. */
const IID_ICLIENT_SECURITY = '{0000013d-0000-0000-c000-000000000046}';
const ID = '{b1a60000-5d1f-4f0e-9b1a-0123456789ab}';

let bits: BitsManager;

beforeAll(() => double.start());
beforeEach(() => {
  double.reset();
  double.setJobs([{ id: ID, files: [{}] }]);
});
afterEach(() => bits.close());

/** How often a blanket was set on an object of a kind, and which interfaces it was asked for, in their order. */
function asked(kind: string): string[] {
  return double
    .queries()
    .filter((query) => query.kind === kind && (query.interface !== null || query.iid === IID_ICLIENT_SECURITY))
    .map((query) => query.interface ?? 'blanket');
}

test('the proxy blanket is also set on IUnknown, before an object is asked for another interface', async () => {
  bits = await double.connect();
  const manager = asked('manager');
  expect(manager.filter((each) => each === 'blanket')).toHaveLength(2); // the interface's own, and IUnknown's
  const job = await bits.getJob(ID);
  expect(asked('job')).toEqual(['blanket', 'blanket']);
  await job.setFileACLFlags([]);
  expect(asked('job')).toEqual(['IBackgroundCopyJob3', 'blanket']); // IUnknown has it by now
  await job.getFiles();
  expect(asked('file')).toEqual(['blanket', 'blanket']);
});

test('it is also set on the proxies of a new connection', async () => {
  bits = await double.connect();
  const job = await bits.getJob(ID);
  double.disconnectAll();
  double.queries();
  await job.setFileACLFlags([]);
  expect(asked('job').slice(-4)).toEqual(['blanket', 'blanket', 'IBackgroundCopyJob3', 'blanket']);
});
