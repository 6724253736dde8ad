import type { DownloadOptions, DownloadResult } from './options';
import type { ReapedJob, ReapOptions } from './reap';
import type { RestoredDownload, RestoreOptions } from './restore';
import type { UploadOptions, UploadResult } from './upload';

/** What transfers whole files: BITS, by way of a BitsManager, or something that stands in for it. */
export interface Downloader {
  /** Downloads one or many files: see `BitsManager.download()`. */
  download(options: DownloadOptions): Promise<DownloadResult>;
  /** Sends one file. */
  upload(options: UploadOptions): Promise<UploadResult>;
  /** The downloads that earlier processes of an app left. */
  restore(options?: RestoreOptions): Promise<RestoredDownload[]>;
  /** Cancels jobs that an app has forgotten. */
  reap(options: ReapOptions): Promise<ReapedJob[]>;
}
