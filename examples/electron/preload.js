'use strict';
// Runs in the sandbox before the page, and exposes four functions (ipc.d.ts) to it, nothing else.
const { contextBridge, ipcRenderer } = require('electron');

// A sandboxed preload script cannot require files, so the names of channels.js are repeated here. A test compares them.
const channels = {
  LIST: 'transfers:list',
  START: 'transfers:start',
  CANCEL: 'transfers:cancel',
  CHANGED: 'transfers:changed',
};

contextBridge.exposeInMainWorld('transfers', {
  list: () => ipcRenderer.invoke(channels.LIST),
  start: (url) => ipcRenderer.invoke(channels.START, url),
  cancel: (id) => ipcRenderer.invoke(channels.CANCEL, id),
  onChanged: (listener) => {
    const pass = (_event, rows) => listener(rows);
    ipcRenderer.on(channels.CHANGED, pass);
    return () => ipcRenderer.off(channels.CHANGED, pass);
  },
});
