'use strict';
// Preloaded into Windows Node under Wine (NODE_OPTIONS=--require).
//
// When a standard stream is a pipe made by Linux, libuv cannot open it as a Windows pipe: the first touch of
// process.stdout throws EBADF. Plain reads and writes of the same handle work, so exactly these streams are replaced
// by ones made of fs calls. A stream that Node can open (a file, or a real Windows pipe to a parent process) stays as
// it is.
const fs = require('node:fs');
const { Writable } = require('node:stream');
const { isMainThread } = require('node:worker_threads');

function writable(fd) {
  const stream = new Writable({
    decodeStrings: true,
    write(chunk, _encoding, done) {
      try {
        for (let written = 0; written < chunk.length;) written += fs.writeSync(fd, chunk, written);
        done();
      } catch (error) {
        done(error);
      }
    },
    // Like Node's own: the handle belongs to the process and stays open.
    destroy(error, done) {
      done(error);
    },
  });
  stream.fd = fd;
  stream._type = 'pipe';
  stream._isStdio = true;
  stream.destroySoon = stream.destroy;
  return stream;
}

function readable(fd) {
  const stream = fs.createReadStream(null, { fd, autoClose: false });
  stream.fd = fd;
  return stream;
}

function replaceWhenUnusable(name, make) {
  const original = Object.getOwnPropertyDescriptor(process, name).get;
  let replacement;
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get() {
      if (replacement !== undefined) return replacement;
      try {
        return original.call(process);
      } catch (error) {
        if (error.code !== 'EBADF') throw error;
        return (replacement = make());
      }
    },
  });
}

if (process.platform === 'win32' && isMainThread) {
  replaceWhenUnusable('stdin', () => readable(0));
  replaceWhenUnusable('stdout', () => writable(1));
  replaceWhenUnusable('stderr', () => writable(2));
}
