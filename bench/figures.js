'use strict';
// What a benchmark results in, for the terminal and for docs/performance.md. It is a list of tables:
//
//   title, unit: of all its values;
//   rows: the values by their names;
//   base: the row that the others are compared with, if they are;
//   limits: the most that a row may be, by its name: its ratio to the base, or its value in a table without base.

/** The rows of a table: name, value and, where there are any, ratio and limit. */
function rowsOf({ rows, base, limits = {} }) {
  return Object.entries(rows).map(([name, value]) => ({
    name,
    value,
    ...(base === undefined ? {} : { ratio: value / rows[base] }),
    ...(limits[name] === undefined ? {} : { limit: limits[name] }),
  }));
}

/** The results with those of one benchmark in the place of its former ones. */
function merge(results, name, result) {
  const merged = { ...results, [name]: result };
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A number with three digits that count. */
function format(value) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const ratioText = (ratio) => `${ratio.toFixed(2)} x`;

/** What a row is judged by, and its limit, as texts. */
function judged({ value, ratio, limit }, unit) {
  const isRatio = ratio !== undefined;
  return {
    measured: isRatio ? ratioText(ratio) : `${format(value)} ${unit}`,
    limit: isRatio ? ratioText(limit) : `${limit} ${unit}`,
    kept: (ratio ?? value) <= limit,
  };
}

module.exports = { format, judged, merge, ratioText, rowsOf };
