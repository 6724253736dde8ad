'use strict';
// The same COM calls through a foreign-function interface: what one would write without this package.
const koffi = require('koffi');

const ole32 = koffi.load('ole32.dll');
const CoInitializeEx = ole32.func('long __stdcall CoInitializeEx(void *reserved, uint32_t mode)');
const CoCreateInstance = ole32.func(
  'long __stdcall CoCreateInstance(void *clsid, void *outer, uint32_t context, void *iid, _Out_ void **out)',
);
const GetJob = koffi.proto('long __stdcall GetJob(void *self, void *id, _Out_ void **job)');
const GetState = koffi.proto('long __stdcall GetState(void *self, _Out_ int *state)');
const Release = koffi.proto('uint32_t __stdcall Release(void *self)');

const COINIT_MULTITHREADED = 0;
const IID_IBackgroundCopyManager = '{5ce34c0d-0dc9-4c1f-897c-daa1b78cee7c}';
const SLOTS = { Release: 2, GetJob: 4, GetState: 14 };

function guidBytes(text) {
  const [a, b, c, d, e] = text.slice(1, -1).split('-');
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(Number.parseInt(a, 16), 0);
  bytes.writeUInt16LE(Number.parseInt(b, 16), 4);
  bytes.writeUInt16LE(Number.parseInt(c, 16), 6);
  Buffer.from(d + e, 'hex').copy(bytes, 8);
  return bytes;
}

function check(hr) {
  if (hr < 0) throw new Error(`HRESULT 0x${(hr >>> 0).toString(16)}`);
}

/** A method of a COM object, by its place in the vtable. */
function method(object, slot, proto) {
  const vtable = koffi.decode(object, 'void *');
  return koffi.decode(koffi.decode(vtable, slot * koffi.sizeof('void *'), 'void *'), proto);
}

exports.openKoffi = ({ clsid, context }, jobId) => {
  check(CoInitializeEx(null, COINIT_MULTITHREADED));
  const out = [null];
  check(CoCreateInstance(guidBytes(clsid), null, context, guidBytes(IID_IBackgroundCopyManager), out));
  const manager = out[0];
  check(method(manager, SLOTS.GetJob, GetJob)(manager, guidBytes(jobId), out));
  const job = out[0];
  const getState = method(job, SLOTS.GetState, GetState);
  return {
    getState() {
      const state = [0];
      check(getState(job, state));
      return state[0];
    },
    getStateAsync() {
      const state = [0];
      return new Promise((resolve, reject) => {
        getState.async(job, state, (error, hr) => (error || hr < 0 ? reject(error ?? hr) : resolve(state[0])));
      });
    },
    close() {
      for (const object of [job, manager]) method(object, SLOTS.Release, Release)(object);
    },
  };
};
