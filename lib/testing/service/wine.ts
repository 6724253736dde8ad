import type { KnownCode } from '../../errors/codes';

/*
 * How the service of Wine 8 differs, as a table: docs/guides/wine.md, and what test/service/methods.test.ts has seen of
 * it. Methods that are not here answer as on Windows, but nothing checks rights, nor states except where `WINE_CHECKS_STATE`
 * says so, and every job counts as a download.
 */

/** A method of Wine's: a failure, a value whatever was set, or success without an effect. */
export type WineAnswer = KnownCode | { readonly value: unknown };

const noEffect: WineAnswer = { value: 0 };

export const WINE: Readonly<Record<string, WineAnswer>> = {
  'manager.getErrorDescription': 'E_NOTIMPL',
  'job.suspend': 'E_NOTIMPL',
  'job.getTimes': 'E_NOTIMPL',
  'job.getOwner': 'E_NOTIMPL',
  'job.setDisplayName': 'E_NOTIMPL',
  'job.setPriority': noEffect,
  'job.getPriority': 'E_NOTIMPL',
  'job.setMinimumRetryDelay': noEffect,
  'job.getMinimumRetryDelay': { value: 30 },
  'job.setNoProgressTimeout': noEffect,
  'job.getNoProgressTimeout': { value: 900 },
  'job.getErrorCount': 'E_NOTIMPL',
  'job.setProxySettings': 'E_NOTIMPL',
  'job.getProxySettings': 'E_NOTIMPL',
  'job.takeOwnership': 'E_NOTIMPL',
  'job.setNotifyCmdLine': 'E_NOTIMPL',
  'job.getNotifyCmdLine': 'E_NOTIMPL',
  'job.getReplyProgress': 'E_NOTIMPL',
  'job.getReplyData': 'E_NOTIMPL',
  'job.setReplyFileName': 'E_NOTIMPL',
  'job.getReplyFileName': 'E_NOTIMPL',
  'job.replaceRemotePrefix': noEffect,
  'job.addFileWithRanges': noEffect, // and no file
  'job.setFileACLFlags': noEffect,
  'job.getFileACLFlags': { value: 0 },
  'job.setPeerCachingFlags': noEffect,
  'job.getPeerCachingFlags': 'E_NOTIMPL',
  'job.getOwnerIntegrityLevel': 'E_NOTIMPL',
  'job.getOwnerElevationState': 'E_NOTIMPL',
  'job.setMaximumDownloadTime': noEffect,
  'job.getMaximumDownloadTime': 'E_NOTIMPL',
  'job.setClientCertificateByID': 'E_NOTIMPL',
  'job.setClientCertificateByName': 'E_NOTIMPL',
  'job.removeClientCertificate': 'E_NOTIMPL',
  'job.getClientCertificate': 'RPC_X_NULL_REF_POINTER',
  'file.getFileRanges': 'E_NOTIMPL',
  'file.setRemoteName': 'E_NOTIMPL',
};

/** The only calls that Wine checks the state for. */
export const WINE_CHECKS_STATE: readonly string[] = [
  'job.resume',
  'job.cancel',
  'job.complete',
  'job.getError',
  'job.setNotifyInterface',
];
