/** What the answers of a large run must not take longer than, in milliseconds, on two cores. */
export const targetsMs = { table: 300, scores: 200 };

const filters = {
  'no filter': {},
  'sample 777': { sample: 777 },
  'class 3': { class: 3 },
  'method sise': { method: 'sise' },
  'keep 0.3': { setting: { keepFraction: 0.3 } },
  degenerate: { degenerate: true },
  'not degenerate': { degenerate: false },
  'drop 0.5 to 0.6': { range: { measure: 'drop', low: 0.5, high: 0.6 } },
  'drop from 0.999': { range: { measure: 'drop', low: 0.999 } },
  'drop to 0': { range: { measure: 'drop', high: 0 } },
  'increase to 0': { range: { measure: 'increase', high: 0 } },
  'masked to 0.2': { range: { measure: 'maskedProbability', high: 0.2 } },
  'masked from 0.9': { range: { measure: 'maskedProbability', low: 0.9 } },
  'kept to 10': { range: { measure: 'kept', high: 10 } },
  'ties from 4': { range: { measure: 'ties', low: 4 } },
  'drop 0.5 to 0.6, class 3': { class: 3, range: { measure: 'drop', low: 0.5, high: 0.6 } },
  'degenerate of class 3': { class: 3, degenerate: true },
  'all of them': {
    ...{ class: 3, method: 'sise', setting: { keepFraction: 0.3 }, degenerate: false },
    range: { measure: 'drop', low: 0.5, high: 0.6 },
  },
};
const sorts = [
  'sample',
  '-sample',
  'drop',
  '-drop',
  'increase',
  'maskedProbability',
  '-maskedProbability',
  'maskedClass',
  '-ties',
  '-kept',
];

/** Every filter in the default order and in the order of every measure, and a few pages further back. */
export const pageQueries = {
  ...filters,
  ...Object.fromEntries(sorts.map((sort) => [sort, { sort }])),
  ...Object.fromEntries(
    Object.entries(filters)
      .slice(1)
      .flatMap(([name, filter]) => sorts.map((sort) => [`${name}, ${sort}`, { ...filter, sort }])),
  ),
  'no filter, from the 10,000th': { offset: 10_000 },
  '-drop, from the 10,000th': { sort: '-drop', offset: 10_000 },
};

const REPEATS = 9;

/** Milliseconds of answers after two that warm up, and how many rows they have. */
export async function answerTimes(ask) {
  const times = [];
  let rows = 0;
  for (let repeat = -2; repeat < REPEATS; repeat += 1) {
    const started = performance.now();
    ({ length: rows } = await ask());
    if (repeat >= 0) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return { rows, median: times[Math.floor(REPEATS / 2)], worst: times.at(-1) };
}

/** One line. */
export function describeTimes(what, { rows, median, worst }, target) {
  const verdict = worst <= target ? 'met' : median <= target ? 'met by the median only' : 'MISSED';
  const figures = `${String(rows).padStart(4)} rows ${median.toFixed(0).padStart(6)} ${worst.toFixed(0).padStart(6)} ms`;
  console.log(`  ${what.padEnd(48)} ${figures}  target ${target} ms: ${verdict}`);
}

/** The query as the HTTP API takes it. */
export function searchParams({ range, setting, ...others }) {
  const parts = { ...others, ...range, ...(setting === undefined ? {} : { setting: JSON.stringify(setting) }) };
  return new URLSearchParams(Object.entries(parts).map(([name, value]) => [name, String(value)])).toString();
}
