// Two races in Wine's COM, mended in the Windows that the tests run in. Windows does not have them. Each is met by plain
// COM clients in C++ as well: a few lines with six threads crash within a second by the first one.
import fs from 'node:fs';
import path from 'node:path';

/** Functions of Debian's Wine 8.0, in hexadecimal; dots are addresses. */
const MENDS = [
  {
    // ClientIdentity_AddRef (dlls/combase/marshal.c) counts up whatever the count is. find_proxy_manager expects 0 of it
    // for a proxy that another thread has just let go of for the last time; it is given 1, and hands out what is being
    // freed. So a client crashes, or waits for ever, that is told about a job by one thread while another one releases
    // the same job. Here the function counts up unless the count is 0.
    broken: /534883ec304889cbf605.{8}087517b801000000f00fc1437883c001/g,
    mended: [
      '8b4178', //         mov  eax, [rcx+0x78]
      '85c0', //     again: test eax, eax
      '740c', //           je   end
      '8d5001', //         lea  edx, [rax+1]
      'f00fb15178', //     lock cmpxchg [rcx+0x78], edx
      '75f2', //           jne  again
      '89d0', //           mov  eax, edx
      'c3', //       end:  ret
    ],
  },
  {
    // stub_manager_delete_ifstub (dlls/combase/stubmanager.c) waits for calls of an interface to end that nobody offers any
    // more, while all that marshals waits for it. The last of the calls may end just before it is to tell so, and then the
    // process, which may be the service, waits for ever. Here it does not wait, as when a client disconnects.
    broken: /488d4b18ba01000000e8.{8}e9d4feffff/g,
    mended: [
      '488d4b18', //       lea  rcx, [rbx+0x18]
      'ba00000000', //     mov  edx, 0
    ],
  },
];

/** By this mark Wine knows its own files, and loads the one that came with it instead. */
const MARK = { at: 0x40, text: 'Wine builtin DLL' };

/** Mends the combase.dll of a prefix, if it is one that needs it; wineEnv has Wine prefer it to its own. */
export function mendCombase(winePrefix) {
  const file = path.join(winePrefix, 'drive_c/windows/system32/combase.dll');
  const dll = fs.readFileSync(file);
  if (dll.toString('latin1', MARK.at, MARK.at + MARK.text.length) !== MARK.text) return; // it is mended
  const hex = dll.toString('hex');
  let changed = false;
  for (const { broken, mended } of MENDS) {
    const [found, ...more] = hex.matchAll(broken);
    if (found === undefined || more.length > 0) continue;
    dll.write(mended.join(''), found.index / 2, 'hex');
    changed = true;
  }
  if (!changed) return;
  dll.fill(0, MARK.at, MARK.at + MARK.text.length);
  // A new file: another prefix may have a link to the old one.
  fs.writeFileSync(`${file}.new`, dll);
  fs.renameSync(`${file}.new`, file);
}
