// Two rules for eslint: imports go down only, and never round in a circle. An import of types counts like any other, since
// who reads one file has to read the other, too. (no-cycle of eslint-plugin-import-x leaves imports of types out.)
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const known = new Map();

/** The files that a source imports, relatively, as full names; and where it says so. `text` is newer than the disk. */
export function importsOf(file, text = fs.readFileSync(file, 'utf8')) {
  if (known.get(file)?.text === text) return known.get(file).imports;
  const imports = ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName, pos, end }) => ({ to: resolve(path.dirname(file), fileName), pos, end }))
    .filter(({ to }) => to !== undefined);
  known.set(file, { text, imports });
  return imports;
}

/** Undefined for packages and for what is no source. */
function resolve(folder, name) {
  if (!name.startsWith('.')) return undefined;
  const target = path.resolve(folder, name);
  const candidates = [target, `${target}.ts`, target.replace(/js$/, 'ts'), path.join(target, 'index.ts')];
  return candidates.find((file) => /\.[cm]?[jt]s$/.test(file) && fs.existsSync(file));
}

/** The room that a file is in, and the number of its floor; undefined if it is in none. `file` is relative. */
export function roomOf(file, floors) {
  const inside = (room) => file.startsWith(`${room}/`) || file.replace(/\.\w+$/, '') === room;
  const floor = floors.findIndex((rooms) => rooms.some(inside));
  return floor < 0 ? undefined : { floor, room: floors[floor].find(inside) };
}

/** The shortest way along imports from a file back to itself, as full names; undefined if there is none. */
function circleThrough(start, imports) {
  const from = new Map();
  const queue = [start];
  for (const file of queue) {
    for (const { to } of file === start ? imports : importsOf(file)) {
      if (to === start) return wayTo(file, start, from);
      if (from.has(to)) continue;
      from.set(to, file);
      queue.push(to);
    }
  }
  return undefined;
}

function wayTo(end, start, from) {
  const way = [start];
  for (let file = end; file !== start; file = from.get(file)) way.unshift(file);
  return [start, ...way];
}

const named = (context, file) => path.relative(context.cwd, file).split(path.sep).join('/');

function report(context, { pos, end }, message) {
  const at = (index) => context.sourceCode.getLocFromIndex(index);
  context.report({ loc: { start: at(pos), end: at(end) }, message });
}

const downwards = {
  meta: { type: 'problem', schema: [{ type: 'array' }] },
  create: (context) => ({
    Program(node) {
      const [floors] = context.options;
      const file = named(context, context.filename);
      const here = roomOf(file, floors);
      if (here === undefined) {
        return context.report({ node, message: `${file} is in none of the rooms that tools/lint/rooms.mjs lists` });
      }
      for (const { to, ...place } of importsOf(context.filename, context.sourceCode.text)) {
        const there = roomOf(named(context, to), floors);
        if (there === undefined || there.floor <= here.floor) continue;
        report(context, place, `${here.room} must not import from ${there.room}, which is above it`);
      }
    },
  }),
};

const noCircle = {
  meta: { type: 'problem', schema: [] },
  create: (context) => ({
    Program() {
      const imports = importsOf(context.filename, context.sourceCode.text);
      const circle = circleThrough(context.filename, imports);
      if (circle === undefined) return;
      const first = imports.find(({ to }) => to === circle[1]);
      report(context, first, `imports go round in a circle: ${circle.map((file) => named(context, file)).join(' → ')}`);
    },
  }),
};

export default { meta: { name: 'imports' }, rules: { downwards, 'no-circle': noCircle } };
