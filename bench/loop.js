'use strict';
// How late the event loop is: how long an event waits that comes at any moment. Milliseconds. The turns of the loop are
// counted by setImmediate() rather than by a timer, which Windows rounds to 15 ms.

/** Shorter waits count as none. */
const SHORTEST = 0.1;

/** Starts to look at the loop; the function that it returns ends that, and returns 'p50', 'p99' and 'worst'. */
function watchLoop() {
  const started = performance.now();
  const gaps = [];
  let last = started;
  const note = () => {
    const now = performance.now();
    if (now - last > SHORTEST) gaps.push(now - last);
    last = now;
  };
  let next;
  const turn = () => {
    note();
    next = setImmediate(turn);
  };
  next = setImmediate(turn);
  return () => {
    clearImmediate(next);
    note();
    return lateness(gaps, last - started);
  };
}

/** An event that comes in a gap waits until the end of the gap. `time`: of all gaps, and of the loop between them. */
function lateness(gaps, time) {
  const worst = gaps.reduce((most, gap) => Math.max(most, gap), 0);
  /** The share of the moments from which on the wait is longer. */
  const longerThan = (wait) => gaps.reduce((sum, gap) => sum + Math.max(0, gap - wait), 0) / time;
  const percentile = (share) => {
    let [low, high] = [0, worst];
    for (let step = 0; step < 30; step++) {
      const middle = (low + high) / 2;
      if (longerThan(middle) > 1 - share) low = middle;
      else high = middle;
    }
    return high;
  };
  return { p50: percentile(0.5), p99: percentile(0.99), worst };
}

module.exports = { lateness, watchLoop };
