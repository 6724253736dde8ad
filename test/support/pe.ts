/** Machine types of PE files. */
export const MACHINE = { x64: 0x8664, ia32: 0x14c, arm64: 0xaa64, arm: 0x1c4 };

/** The smallest file that passes for a Windows binary: headers, one section, `size` bytes in all. */
export function fakeBinary(machine: number, size = 0x600): Buffer {
  const file = Buffer.alloc(size);
  const coff = 0x80;
  file.write('MZ', 0, 'latin1');
  file.writeUInt32LE(coff, 0x3c);
  file.write('PE\0\0', coff, 'latin1');
  file.writeUInt16LE(machine, coff + 4);
  file.writeUInt16LE(1, coff + 6); // sections
  file.writeUInt16LE(0xf0, coff + 20); // size of the optional header
  const section = coff + 24 + 0xf0;
  file.writeUInt32LE(0x200, section + 16); // its size in the file
  file.writeUInt32LE(0x400, section + 20); // and where it begins
  return file;
}
