import type { DownloadOptions, DownloadResult } from './options';
import type { ReapedJob, ReapOptions } from './reap';
import type { RestoredDownload, RestoreOptions } from './restore';
import type { UploadOptions, UploadResult } from './upload';

/** What transfers whole files: BITS, by way of a BitsManager, or something that stands in for it. */
export interface Downloader {
  download(options: DownloadOptions): Promise<DownloadResult>;
  upload(options: UploadOptions): Promise<UploadResult>;
  restore(options?: RestoreOptions): Promise<RestoredDownload[]>;
  reap(options: ReapOptions): Promise<ReapedJob[]>;
}
