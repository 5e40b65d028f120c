import { codesOf, type Reason, type TableRow } from '@xaigrid/contracts';

/** Metrics that are named; more are counted. */
const MOST_METRICS = 3;

/**
 * What speaks against an evaluation as a whole, each code once: in its own words where all its rows say the same, or else by which metrics.
 * @param rows of one evaluation
 */
export function againstEvaluation(rows: readonly TableRow[]): Reason[] {
  const told = rows.flatMap(({ metric, against = [] }) => against.map((reason) => ({ ...reason, metric })));
  return codesOf(told).map((code) => {
    const own = told.filter((reason) => reason.code === code);
    const [text = '', ...others] = new Set(own.map((reason) => reason.text));
    if (others.length === 0) return { code, text };
    const metrics = [...new Set(own.map(({ metric }) => metric))];
    const more = metrics.length - MOST_METRICS;
    const named = more > 1 ? [...metrics.slice(0, MOST_METRICS), `${more} other metrics`] : metrics;
    return { code, text: `${own.length} of ${rows.length} rows, by ${named.join(', ')}` };
  });
}
