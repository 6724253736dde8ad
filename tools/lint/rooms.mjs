// The rooms of lib/ and of tools/, the lowest first: folders, and files of that name. A file imports from its own room and
// from those below, never upwards; rooms in one array are on the same floor. The rules for eslint: imports.mjs. The
// drawing: docs/architecture.md.

export const lib = [
  'util',
  'host',
  'arguments',
  'contract',
  'errors',
  'native',
  'bits',
  'explain',
  'watch',
  'job',
  'download',
  'manager',
  'connect',
  'like',
  'testing',
  'index',
].map((floor) => [floor].flat().map((room) => `lib/${room}`));

/** testbed/ is at the bottom: it is used by tools/, and uses nothing of it. */
export const tools = [
  'testbed',
  'tools/util',
  'tools/build',
  'tools/lint',
  'tools/generate',
  'tools/run',
  'tools/package',
].map((room) => [room]);
