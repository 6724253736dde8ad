import type { ErrorHandle, NativeNotice } from '../../contract/addon';
import type { JobEvent, Registration } from '../computer/computer';
import type { Call, Targets } from './methods';

/*
 * Callback objects. Microsoft: IBackgroundCopyJob::SetNotifyInterface, "Registering a COM Callback": the last
 * registration wins, and the object is gone with its process.
 */

/** Registers a program's function, or takes the registration away, whosever it is. */
export function register(call: Call<Targets['job']>, listener: ((notice: NativeNotice) => void) | null): void {
  const { computer, client, target, own } = call;
  const { id } = target.job;
  if (listener === null) {
    own.callback = null;
    computer.registrations.delete(id);
    return;
  }
  const registration: Registration = {
    client,
    deliver(event) {
      if (!client.alive) return false;
      const notice = noticeOf(call, event);
      // As the addon hands it on: later, on the program's own thread.
      queueMicrotask(() => {
        if (client.alive) listener(notice);
      });
      return true; // the addon answers S_OK always
    },
  };
  own.callback = registration;
  computer.registrations.set(id, registration);
}

function noticeOf({ adopt, target: { job } }: Call<Targets['job']>, event: JobEvent): NativeNotice {
  const file = (index: number) => {
    const found = job.files[index];
    return found === undefined ? {} : { file: adopt.file(job, found) };
  };
  switch (event.type) {
    case 'transferred':
      return { type: 'jobTransferred' };
    case 'modification':
      return { type: 'jobModification' };
    case 'error': {
      const error: { error?: ErrorHandle } = job.error === null ? {} : { error: adopt.error(job, job.error) };
      return { type: 'jobError', ...error };
    }
    case 'fileTransferred':
      return { type: 'fileTransferred', ...file(event.file) };
    case 'rangesTransferred':
      return { type: 'fileRangesTransferred', ...file(event.file), ranges: event.ranges };
  }
}
