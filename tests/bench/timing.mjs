/**
 * Best wall-clock seconds of each of several works that take turns.
 *
 * @template {string} Name
 * @param {Record<Name, () => Promise<unknown>>} works
 * @param {number} rounds after one that warms up
 * @returns {Promise<Record<Name, number>>}
 */
export async function bestSeconds(works, rounds) {
  const best = Object.fromEntries(Object.keys(works).map((name) => [name, Infinity]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, work] of Object.entries(works)) {
      const started = performance.now();
      await work();
      if (round > 0) best[name] = Math.min(best[name], (performance.now() - started) / 1000);
    }
  }
  return best;
}

/**
 * The median of what `work` takes over what `other` takes, done one right after the other: a machine whose speed varies from minute to
 * minute is the same for both. Which is first alternates.
 *
 * @param {() => Promise<unknown>} work
 * @param {() => Promise<unknown>} other
 * @param {number} pairs after one of each that warms up
 */
export async function medianRatio(work, other, pairs) {
  const ratios = [];
  for (let pair = 0; pair <= pairs; pair += 1) {
    const seconds = new Map();
    for (const one of pair % 2 === 0 ? [work, other] : [other, work]) {
      const started = performance.now();
      await one();
      seconds.set(one, performance.now() - started);
    }
    if (pair > 0) ratios.push(seconds.get(work) / seconds.get(other));
  }
  ratios.sort((a, b) => a - b);
  return (ratios[(pairs - 1) >> 1] + ratios[pairs >> 1]) / 2;
}

/** One line: what was measured, and its figure beside what it is to be. */
export function report(what, { value, target, unit = '' }) {
  const [sign, limit] = target ?? [];
  const met = sign === undefined ? '' : (sign === '<=' ? value <= limit : value >= limit) ? 'met' : 'MISSED';
  const digits = { '': 3, s: 2, ms: 1 }[unit] ?? 0;
  const wanted = sign === undefined ? '' : `  target ${sign === '<=' ? '≤' : '≥'} ${limit}${unit && ` ${unit}`}: ${met}`;
  console.log(`${what.padEnd(86)} ${value.toFixed(digits)}${unit && ` ${unit}`}${wanted}`);
}
