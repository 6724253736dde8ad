import type { JobPriority, JobState, UnknownWord } from '../contract/enums';
import type { HeadersInput } from '../arguments/headers';
import type { FileRange } from '../bits/ranges';
import type { WaitLimits } from '../watch/options';
import type { OnAbort } from '../watch/wait';
import type { DownloadedHttp } from './http_answer';

/** A file to download, and what is expected of it. */
export interface DownloadFile {
  /** An http, https or file URL, or a UNC path; up to 2200 characters. */
  readonly url: string | URL;
  /** An absolute path, up to 259 characters. A file that is there is replaced once the new one is verified. */
  readonly path: string;
  /** Other URLs of the same file, in the order to try them. */
  readonly mirrors?: readonly (string | URL)[] | undefined;
  /** 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  /** Only these ranges, written one after another; `sha256` and `size` are of the result. */
  readonly ranges?: readonly FileRange[] | undefined;
}

/** What to download, and how: `url`, `path` and the other options of one file, or `files`. */
export type DownloadOptions = DownloadOneOptions | DownloadManyOptions;

/** One file, and how to download it. */
export interface DownloadOneOptions extends DownloadFile, DownloadSettings {
  readonly files?: undefined;
}

/** Several files, and how to download them. */
export interface DownloadManyOptions
  extends DownloadSettings, Readonly<Partial<Record<keyof DownloadFile, undefined>>> {
  /** Up to 100000; BITS allows 200 for a job, unless a policy says otherwise. */
  readonly files: readonly DownloadFile[];
}

/** How to download. */
export interface DownloadSettings extends WaitLimits {
  /**
   * Sent with every request. With an Authorization, Cookie or Proxy-Authorization header among them, nobody can read
   * them back from the job, where BITS can do that (10.3).
   */
  readonly headers?: HeadersInput | undefined;
  /**
   * Makes the call repeatable, up to 128 characters: the same key of the same app finds the running, finished or failed
   * job of an earlier call, or of an earlier process, and goes on with it. With other files, the earlier job is cancelled.
   * While a call with the same key and files is under way in this process, over whichever connection, it is joined:
   * `signal`, `timeout` and `onProgress` are each caller's own, the rest, such as `serviceTimeout` and `stallTimeout`, is
   * that of the first caller. When the first one gives up, the next goes on, with its own options.
   */
  readonly key?: string | undefined;
  /** Name of your program, up to 64 characters; administrators see it. All programs that give none share one name. */
  readonly app?: string | undefined;
  /** Display name of the job. Default: app and name of the first file. */
  readonly name?: string | undefined;
  /** Default 'foreground', since somebody waits. The others use only bandwidth that is not needed otherwise. */
  readonly priority?: JobPriority | undefined;
  /** Make the folders that the files go to. Default false: they must exist. */
  readonly createFolders?: boolean | undefined;
  /** Keep files that could be downloaded when others could not: the outcome is 'partial'. Default false: all or none. */
  readonly allowPartial?: boolean | undefined;
  /**
   * For servers that make the content as they send it: without Content-Length, or without ranges. The size is not known
   * until the end, and after an interruption BITS starts over. Only with priority 'foreground', and not with `ranges`.
   * Default false. BITS 5.0 and later.
   */
  readonly dynamicContent?: boolean | undefined;
  /**
   * Milliseconds until BITS tries again after a passing error, 0 to 4294967295000; rounded up to whole seconds, and less
   * than 5 seconds counts as 5. Default: a minute for priority 'foreground', else BITS' own ten minutes.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setminimumretrydelay
   */
  readonly minimumRetryDelay?: number | undefined;
  /**
   * Milliseconds without progress after which a passing error is final, 0 to 4294967295000, rounded up to whole seconds; 0
   * makes every error final. Default: BITS' own 14 days.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setnoprogresstimeout
   */
  readonly noProgressTimeout?: number | undefined;
  /**
   * Called with the progress each time the job has been polled. If it throws, the download ends as if `signal` had been
   * aborted, with BitsAbortError; its `cause` is what was thrown.
   */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** As in `wait()`. Default: 'cancel' without a key, 'detach' with one, for a later call to go on. */
  readonly onAbort?: OnAbort | undefined;
  /**
   * Limit for the whole download in milliseconds; then BitsTimeoutError. The job goes on when there is a key, and is
   * cancelled otherwise. Default: no limit.
   */
  readonly timeout?: number | undefined;
  /** How many passing errors to wait out where no mirror can help. Default: no limit. */
  readonly maxTransientErrors?: number | undefined;
}

/** Progress of a download. Frozen. */
export interface DownloadProgress {
  readonly jobId: string;
  readonly state: JobState | UnknownWord;
  readonly bytes: number;
  /** `null` while the size of any file is not known. */
  readonly total: number | null;
  /** 0 to 100; `null` while the size is not known. */
  readonly percent: number | null;
  /** Bytes per second; `null` when nothing is being transferred. */
  readonly rate: number | null;
  /** Estimated milliseconds to go; `null` when that is not known. */
  readonly eta: number | null;
  readonly filesTotal: number;
  readonly filesTransferred: number;
}

/** What became of one file. */
export interface DownloadedFile {
  readonly path: string;
  readonly status: 'complete' | 'failed';
  /** Size of the file; 0 when it failed. */
  readonly bytes: number;
  /** Which of the sources it came from: 0 is `url`, 1 the first mirror. */
  readonly source: number;
  /**
   * Status and headers of the server's last answer; `null` where BITS does not tell (before 5.0, and for files that are
   * not fetched by HTTP), and for a file that failed.
   */
  readonly http: DownloadedHttp | null;
  /** Why it failed. */
  readonly error?: Error | undefined;
}

/** What became of a download. Frozen. */
export interface DownloadResult {
  /** 'partial': some files failed, which `allowPartial` allows. */
  readonly outcome: 'complete' | 'partial';
  readonly files: readonly DownloadedFile[];
  /** Of all files together. */
  readonly bytes: number;
  /** Milliseconds since the call. */
  readonly elapsed: number;
  /** It went on with the job of an earlier call or process, or joined a download that was under way. */
  readonly adopted: boolean;
  /** The last job of the download, for logs. It has left the queue. */
  readonly jobId: string;
}
