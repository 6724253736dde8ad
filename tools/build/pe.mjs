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
const DEBUG_TYPES = { 2: 'codeview', 16: 'repro', 20: 'exDllCharacteristics' };
const CET_COMPAT = 1;
/** `pacibsp`, with which a function on arm64 begins that signs its return address. */
const SIGN_RETURN = Buffer.from([0x7f, 0x23, 0x03, 0xd5]);

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

  /** A field of IMAGE_LOAD_CONFIG_DIRECTORY, by its offset with 32 and with 64 bits; 0 where the directory ends before it. */
  function loadConfig(offset32, offset64, read) {
    const config = directory(DIRECTORY.loadConfig);
    const [at, size] = [wide ? offset64 : offset32, read === u16 ? 2 : pointer];
    return config === undefined || u32(config.at) < at + size ? 0 : read(config.at + at);
  }

  /** How many functions sign their return address. */
  function signedReturns() {
    let count = 0;
    for (const section of sections.filter(({ flags: of }) => (of & 0x20000000) !== 0)) {
      const code = bytes.subarray(section.raw, section.raw + section.size);
      for (let at = code.indexOf(SIGN_RETURN); at >= 0; at = code.indexOf(SIGN_RETURN, at + 4)) count++;
    }
    return count;
  }

  const debugTable = directory(DIRECTORY.debug);
  const debug = Array.from({ length: (debugTable?.size ?? 0) / 28 }, (_, i) => {
    const at = debugTable.at + i * 28;
    return { type: DEBUG_TYPES[u32(at + 12)] ?? String(u32(at + 12)), data: u32(at + 24) };
  });
  const extended = debug.find(({ type }) => type === 'exDllCharacteristics');
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
    // The linker of MSVC leaves a list of the tools that took part, in front of the PE header.
    byMsvc: bytes.subarray(0, u32(0x3c)).includes('Rich'),
    /** How many entries the tables have that stand behind the flags. */
    counts: {
      guardFunctions: loadConfig(84, 136, address),
      ehContinuations: loadConfig(0, 272, address),
      safeHandlers: wide ? 0 : loadConfig(68, 0, address),
      signedReturns: MACHINES[u16(coff)] === 'arm64' ? signedReturns() : 0,
    },
    hasSecurityCookie: loadConfig(60, 88, address) !== 0,
    dependentLoadFlags: loadConfig(54, 78, u16),
    isCetCompatible: extended !== undefined && (u32(extended.data) & CET_COMPAT) !== 0,
    debug: debug.map(({ type }) => type),
    version: version(),
  };
}
