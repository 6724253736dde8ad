'use strict';
// How the benchmarks measure: in turns, and by medians.

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Milliseconds that some work takes. */
async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/**
 * The medians of several figures, by their names. Each way of measuring resolves with its figure, and they take turns, so
 * that a busy moment hits all of them. A first round, which does not count, is to be warm.
 */
async function compare(ways, { rounds = 5 } = {}) {
  const found = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const figure = await way();
      if (round >= 0) found[name].push(figure);
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, figures]) => [name, median(figures)]));
}

/** The medians of figures that are measured together, by an object of them. */
async function medians(measure, rounds = 5) {
  const found = [];
  for (let round = 0; round < rounds; round++) found.push(await measure());
  return Object.fromEntries(Object.keys(found[0]).map((name) => [name, median(found.map((each) => each[name]))]));
}

module.exports = { compare, medians, timed };
