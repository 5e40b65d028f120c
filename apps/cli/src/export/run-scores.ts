import { MOST_SCORES, type RunEvaluation, type ScoreRow, type Selection } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';

/**
 * The scores of some evaluations, a page at a time: evaluation by evaluation, in each sample by sample, and of each sample in the
 * order of the settings. A page asks for a range of samples, because to skip rows takes longer the more there are: all pages
 * together would take the square of their number.
 * @param pageScores for tests: the most that a page has
 */
export async function* runScores(
  control: Pick<RunControl, 'scores' | 'evaluation'>,
  run: {
    readonly id: string;
    readonly evaluations: readonly Pick<RunEvaluation, 'ordinal' | 'samples' | 'settings' | 'chosen'>[];
  },
  selection: Selection,
  pageScores = MOST_SCORES,
): AsyncGenerator<ScoreRow[]> {
  for (const { ordinal, samples, settings, chosen } of run.evaluations) {
    const { sampleIndices } = chosen === undefined ? { sampleIndices: undefined } : await control.evaluation(run.id, ordinal);
    const step = Math.max(1, Math.floor(pageScores / Math.max(1, settings)));
    for (let row = 0; row < samples; row += step) {
      const last = Math.min(samples, row + step) - 1;
      const start = sampleIndices === undefined ? row : (sampleIndices[row] ?? 0);
      const end = (sampleIndices === undefined ? last : (sampleIndices[last] ?? 0)) + 1;
      const filter = { ...selection, evaluation: [ordinal], start, end };
      const page: ScoreRow[] = [];
      for (let offset = 0; ; offset += pageScores) {
        const rows = await control.scores(run.id, { ...filter, limit: pageScores, offset });
        page.push(...rows);
        if (rows.length < pageScores) break;
      }
      yield page.sort((a, b) => a.sampleIndex - b.sampleIndex);
    }
  }
}
