'use strict';
// All that window and main process say to each other. Types: ipc.d.ts.
module.exports = {
  LIST: 'transfers:list',
  START: 'transfers:start',
  CANCEL: 'transfers:cancel',
  CHANGED: 'transfers:changed',
};
