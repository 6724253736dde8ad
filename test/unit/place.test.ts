import { setTimeout as sleep } from 'node:timers/promises';
import { BitsError } from '../../lib';
import type { BitsJob } from '../../lib';
import { HOST } from '../../lib/host';
import { completeJob } from '../../lib/download/publish_file';

const ERROR_SHARING_VIOLATION = 0x80070020;

test('an abort while a file in use is waited for is answered at once, and the file is not tried again', async () => {
  let tried = 0;
  const inUse = new BitsError('in use', { code: 'E_FAIL', hresult: ERROR_SHARING_VIOLATION });
  const job = {
    host: HOST,
    complete: () => {
      tried++;
      return Promise.reject(inUse);
    },
  } as unknown as BitsJob;
  const abort = new AbortController();
  const completing = completeJob(job, [], abort.signal).catch((error: unknown) => error);
  while (tried < 4) await sleep(5); // the next pause is one of 400 ms
  const began = performance.now();
  abort.abort();
  expect(await completing).toBe(inUse);
  expect(performance.now() - began).toBeLessThan(200);
  expect(tried).toBe(4);
});
