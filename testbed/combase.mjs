// A race in Wine's COM, mended in the Windows that the tests run in. Windows does not have it.
//
// ClientIdentity_AddRef (dlls/combase/marshal.c, Wine 8.0) counts up whatever the count is. find_proxy_manager expects 0
// of it for a proxy that another thread has just let go of for the last time; it is given 1, and hands out what is being
// freed. So any client crashes, or waits for ever, that is told about a job by one thread while another one releases the
// same job: a few lines of C++ with six threads do it within a second. Here the function counts up unless the count is 0.
import fs from 'node:fs';
import path from 'node:path';

/** The function as Debian's Wine 8.0 has it; the dots are an address. */
const BROKEN = /534883ec304889cbf605.{8}087517b801000000f00fc1437883c001/g;

const MENDED = [
  '8b4178', //         mov  eax, [rcx+0x78]
  '85c0', //     again: test eax, eax
  '740c', //           je   end
  '8d5001', //         lea  edx, [rax+1]
  'f00fb15178', //     lock cmpxchg [rcx+0x78], edx
  '75f2', //           jne  again
  '89d0', //           mov  eax, edx
  'c3', //       end:  ret
].join('');

/** By this mark Wine knows its own files, and loads the one that came with it instead. */
const MARK = { at: 0x40, text: 'Wine builtin DLL' };

/** Mends the combase.dll of a prefix, if it is the one that needs it; wineEnv has Wine prefer it to its own. */
export function mendCombase(winePrefix) {
  const file = path.join(winePrefix, 'drive_c/windows/system32/combase.dll');
  const dll = fs.readFileSync(file);
  const [found, ...more] = dll.toString('hex').matchAll(BROKEN);
  if (found === undefined || more.length > 0) return;
  dll.write(MENDED, found.index / 2, 'hex');
  dll.fill(0, MARK.at, MARK.at + MARK.text.length);
  // A new file: another prefix may have a link to the old one.
  fs.writeFileSync(`${file}.new`, dll);
  fs.renameSync(`${file}.new`, file);
}
