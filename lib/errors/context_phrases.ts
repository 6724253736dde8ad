import type { ErrorContext } from '../contract/enums';

/** Where a transfer failed: phrases that follow "failed". */
export const CONTEXT_PHRASES: Readonly<Record<ErrorContext, string>> = {
  none: '',
  unknown: '',
  queueManager: ' in the BITS queue manager',
  notification: ' while sending the notification',
  localFile: ' at the local file',
  remoteFile: ' at the remote file',
  transport: ' in the transport',
  remoteApplication: ' in the server application',
  serverCertificateCallback: ' in the certificate callback',
};
