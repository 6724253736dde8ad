'use strict';
// The IPC channels between the window and the main process. For their types, see ipc.d.ts.
module.exports = {
  LIST: 'transfers:list',
  START: 'transfers:start',
  CANCEL: 'transfers:cancel',
  CHANGED: 'transfers:changed',
};
