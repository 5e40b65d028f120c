const filters = {
  everything: {},
  'label 3': { class: 3 },
  'predicted 4': { predicted: 4 },
  wrong: { right: false },
  right: { right: true },
  degenerate: { degenerate: true },
  'score from 0.9': { minScore: 0.9 },
  'score 0.2 to 0.3': { minScore: 0.2, maxScore: 0.3 },
  'confidence to 0.5': { maxConfidence: 0.5 },
  'disagreement from 0.3': { minDisagreement: 0.3 },
  'a measure that is rare': { measure: 'ties', minScore: 1 },
  'much at once': { class: 3, right: false, degenerate: false, minDisagreement: 0.2, maxConfidence: 0.6, minScore: 0.1 },
};
const sorts = ['sample', '-sample', 'score', '-score', 'confidence', '-confidence', 'disagreement', '-disagreement'];

/** Every filter in every order. */
export const samplePages = Object.entries(filters).flatMap(([name, filter]) =>
  sorts.map((sort) => [`${name}, ${sort}`, { ...filter, sort }]),
);

const FURTHER = 4;

/** Milliseconds of the first page and of some that follow it: the n-th, by what the one before says. */
export async function timesOf(page) {
  const times = [];
  let after;
  for (let turn = 0; turn <= FURTHER; turn += 1) {
    const started = performance.now();
    const { next } = await page(after === undefined ? {} : { after });
    times.push(performance.now() - started);
    if (next === undefined) break;
    after = next;
  }
  return times;
}
