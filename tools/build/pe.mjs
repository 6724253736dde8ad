// Reads what a PE file (a Windows binary) says of itself. Only what verify-binary.mjs asks for.
// Format: https://learn.microsoft.com/windows/win32/debug/pe-format

const MACHINES = { 0x14c: 'ia32', 0x8664: 'x64', 0xaa64: 'arm64' };
const CHARACTERISTICS = { dll: 0x2000 };
const DLL_CHARACTERISTICS = {
  highEntropyVa: 0x0020,
  dynamicBase: 0x0040,
  nxCompat: 0x0100,
  noSeh: 0x0400,
  guardCf: 0x4000,
};
// Indexes into the table of data directories.
const DIRECTORY = { exports: 0, imports: 1, resources: 2, debug: 6, loadConfig: 10, delayImports: 13 };
const RESOURCE_VERSION = 16;
const DEBUG_TYPES = { 2: 'codeview', 16: 'repro' };

/** What is said in the headers and tables of a binary. Throws when it is none. */
export function readPe(bytes) {
  const u16 = (at) => bytes.readUInt16LE(at);
  const u32 = (at) => bytes.readUInt32LE(at);
  const text = (at) => bytes.toString('latin1', at, bytes.indexOf(0, at));
  if (text(0).slice(0, 2) !== 'MZ') throw new Error('not a PE file');
  const coff = u32(0x3c) + 4;
  const optional = coff + 20;
  const wide = u16(optional) === 0x20b;
  const pointer = wide ? 8 : 4;
  const address = (at) => (wide ? Number(bytes.readBigUInt64LE(at)) : u32(at));
  const imageBase = wide ? address(optional + 24) : u32(optional + 28);
  const directories = optional + (wide ? 112 : 96);

  const sections = Array.from({ length: u16(coff + 2) }, (_, i) => {
    const at = optional + u16(coff + 16) + i * 40;
    const name = bytes.toString('latin1', at, at + 8).replace(/\0+$/, '');
    return {
      name,
      size: Math.max(u32(at + 8), u32(at + 16)),
      rva: u32(at + 12),
      raw: u32(at + 20),
      flags: u32(at + 36),
    };
  });
  const offset = (rva) => {
    const section = sections.find((s) => rva >= s.rva && rva < s.rva + s.size);
    if (section === undefined) throw new Error(`no section holds the address 0x${rva.toString(16)}`);
    return rva - section.rva + section.raw;
  };
  const directory = (index) => {
    const [rva, size] = [u32(directories + index * 8), u32(directories + index * 8 + 4)];
    return rva === 0 || size === 0 ? undefined : { at: offset(rva), size };
  };

  /** Names of DLLs in a table whose entries hold the name's address at `field`. */
  function dlls(index, entry, field) {
    const table = directory(index);
    const names = [];
    for (let at = table?.at; at !== undefined && u32(at + field) !== 0; at += entry)
      names.push(text(offset(u32(at + field))));
    return names.map((name) => name.toLowerCase()).sort();
  }

  function exportNames() {
    const table = directory(DIRECTORY.exports);
    if (table === undefined) return [];
    const names = offset(u32(table.at + 32));
    return Array.from({ length: u32(table.at + 24) }, (_, i) => text(offset(u32(names + i * 4)))).sort();
  }

  /** FileVersion of the version resource, by its text. */
  function version() {
    const resources = directory(DIRECTORY.resources);
    if (resources === undefined) return undefined;
    const entries = u16(resources.at + 12) + u16(resources.at + 14);
    const types = Array.from({ length: entries }, (_, i) => u32(resources.at + 16 + i * 8));
    if (!types.includes(RESOURCE_VERSION)) return undefined;
    const key = Buffer.from('FileVersion\0', 'utf16le');
    const found = bytes.indexOf(key, resources.at);
    if (found < 0) return undefined;
    let at = found + key.length;
    while (u16(at) === 0) at += 2; // padding
    let end = at;
    while (u16(end) !== 0) end += 2;
    return bytes.toString('utf16le', at, end);
  }

  /** Number of functions in the table of Control Flow Guard. */
  function guardFunctions() {
    const config = directory(DIRECTORY.loadConfig);
    const at = wide ? 136 : 84; // GuardCFFunctionCount
    if (config === undefined || u32(config.at) < at + pointer) return 0;
    return address(config.at + at);
  }

  const debug = directory(DIRECTORY.debug);
  const flags = u16(optional + 70);
  return {
    machine: MACHINES[u16(coff)] ?? `0x${u16(coff).toString(16)}`,
    isDll: (u16(coff + 18) & CHARACTERISTICS.dll) !== 0,
    timestamp: u32(coff + 4),
    imageBase,
    symbols: u32(coff + 12),
    features: Object.keys(DLL_CHARACTERISTICS).filter((name) => (flags & DLL_CHARACTERISTICS[name]) !== 0),
    sections: sections.map(({ name, flags: of }) => ({
      name,
      writable: of >= 0x80000000,
      executable: (of & 0x20000000) !== 0,
    })),
    imports: dlls(DIRECTORY.imports, 20, 12),
    delayImports: dlls(DIRECTORY.delayImports, 32, 4),
    exports: exportNames(),
    relocations: (u16(coff + 18) & 1) === 0,
    guardFunctions: guardFunctions(),
    debug:
      debug === undefined
        ? []
        : Array.from({ length: debug.size / 28 }, (_, i) => {
            const type = u32(debug.at + i * 28 + 12);
            return DEBUG_TYPES[type] ?? String(type);
          }),
    version: version(),
  };
}
