'use strict';
// What the package costs, as ratios within one run. `npm run bench` runs all benchmarks but those that take minutes,
// `npm run bench -- NAME…` some. The figures are printed and kept in bench/result.json, beside those of the others;
// `npm run generate` puts them into docs/performance.md.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { format, judged, merge, ratioText, rowsOf } = require('./figures');

/** Each is a file of this folder, which exports a function that resolves with the tables (figures.js). */
const BENCHMARKS = [
  'calls',
  'listing',
  'burst',
  'downloads',
  'verification',
  'watching',
  'startup',
  'memory',
  'growth',
];
const ONLY_WHEN_NAMED = ['big'];

const FILE = path.join(__dirname, 'result.json');

function print({ title, unit, ...table }) {
  console.log(`\n${title.replaceAll('`', '')} (${unit})`);
  for (const row of rowsOf(table)) {
    const { name, value, ratio, limit } = row;
    const columns = [
      name.padEnd(40),
      format(value).padStart(10),
      (ratio === undefined ? '' : ratioText(ratio)).padStart(12),
      limit === undefined ? '' : `   limit ${judged(row, unit).limit}`,
    ];
    console.log(`  ${columns.join('').trimEnd()}`);
  }
}

async function run(name) {
  const tables = await require(`./${name}`)();
  tables.forEach(print);
  const { serviceName } = require('./services');
  const results = fs.existsSync(FILE) ? JSON.parse(fs.readFileSync(FILE, 'utf8')) : {};
  const made = {
    date: new Date().toISOString().slice(0, 10),
    service: serviceName(),
    node: process.version,
    cores: os.availableParallelism(),
  };
  const digits = (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value); // that count
  fs.writeFileSync(FILE, `${JSON.stringify(merge(results, name, { ...made, tables }), digits, 2)}\n`);
}

/** Each in a process of its own, so that none changes what the next finds. */
function runAll(names) {
  for (const name of names) {
    const { status, error } = spawnSync(process.execPath, [__filename, name], { stdio: 'inherit' });
    if (error !== undefined) throw error;
    if (status !== 0) process.exitCode = 1;
  }
}

async function main(names) {
  const all = [...BENCHMARKS, ...ONLY_WHEN_NAMED];
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    console.error(`There is no benchmark ${unknown}. There are: ${all.join(', ')}`);
    process.exitCode = 2;
  } else if (names.length === 1) await run(names[0]);
  else runAll(names.length === 0 ? BENCHMARKS : names);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
