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

/** One line: what was measured, and its figure beside what it is to be. */
export function report(what, { value, target, unit = '' }) {
  const [sign, limit] = target ?? [];
  const met = sign === undefined ? '' : (sign === '<=' ? value <= limit : value >= limit) ? 'met' : 'MISSED';
  const digits = { '': 3, s: 2, ms: 1 }[unit] ?? 0;
  const wanted = sign === undefined ? '' : `  target ${sign === '<=' ? '≤' : '≥'} ${limit}${unit && ` ${unit}`}: ${met}`;
  console.log(`${what.padEnd(86)} ${value.toFixed(digits)}${unit && ` ${unit}`}${wanted}`);
}
