import { double } from '../support/double';
import { rejection } from '../support/outcome';
import { useDouble } from '../support/use_double';

const ID = '{5a9c0000-5d1f-4f0e-9b1a-0123456789ab}';
const ENDED = 0x80200002; // BG_E_INVALID_STATE

const at = useDouble([{ id: ID }]);

beforeEach(() => {
  double.script('IBackgroundCopyJob::GetState', { out: [7] });
  double.script('IBackgroundCopyJob::GetProgress', {
    out: [{ BytesTotal: 10n, BytesTransferred: 10n, FilesTotal: 1, FilesTransferred: 1 }],
  });
});

describe('a snapshot of a job that has ended', () => {
  test('keeps the last known progress when the job no longer tells it', async () => {
    const { progress } = await at.job.snapshot();
    expect(progress).toEqual({ bytesTotal: 10, bytesTransferred: 10, filesTotal: 1, filesTransferred: 1 });
    double.script('IBackgroundCopyJob::GetProgress', { hresult: ENDED });
    expect(await at.job.snapshot()).toMatchObject({ state: 'acknowledged', progress });
  });

  test('has empty progress when none was ever seen', async () => {
    double.script('IBackgroundCopyJob::GetProgress', { hresult: ENDED });
    expect((await at.job.snapshot()).progress).toEqual({
      bytesTotal: null,
      bytesTransferred: 0,
      filesTotal: 0,
      filesTransferred: 0,
    });
  });

  test.each(['GetType', 'GetPriority', 'GetTimes', 'GetErrorCount', 'GetDisplayName', 'GetDescription', 'GetOwner'])(
    'has null where %s fails',
    async (reader) => {
      double.script(`IBackgroundCopyJob::${reader}`, { hresult: ENDED });
      const field = reader.charAt(3).toLowerCase() + reader.slice(4);
      expect(await at.job.snapshot()).toMatchObject({ state: 'acknowledged', [field]: null });
    },
  );

  test('fails without the state', async () => {
    double.script('IBackgroundCopyJob::GetState', { hresult: ENDED });
    expect(await rejection(at.job.snapshot())).toMatchObject({ code: 'BG_E_INVALID_STATE' });
  });

  test('is taken again when the connection breaks while it is read', async () => {
    double.script('IBackgroundCopyJob::GetProgress', { disconnect: true, hresult: 0x800706be, times: 1 });
    expect((await at.job.snapshot()).progress.bytesTransferred).toBe(10);
  });
});
