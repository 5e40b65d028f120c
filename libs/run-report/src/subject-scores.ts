import { sameSetting } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import type { ChosenMethods, Ranking, SampleScores } from '@xaigrid/report';
import type { ReportedEvaluation, Subject } from './subjects.js';

/** The scores of methods for one model on one data set, by one measure at one setting. */
export interface SubjectScores {
  readonly ranking: Ranking;
  readonly chosen: ChosenMethods;
  /** The evaluations of the shown methods, the best first. */
  readonly evaluations: readonly ReportedEvaluation[];
  /** Whether each of `evaluations` is a control. */
  readonly controls: readonly boolean[];
  /** The samples that any of `evaluations` scored, by ascending index. A missing score is NaN. */
  readonly samples: readonly SampleScores[];
}

const SCORES_AT_A_TIME = 10_000;

/** What is kept of a sample's scores. A report on 50,000 samples and ten methods must not hold half a million rows. */
interface KeptSample {
  readonly trueClass: number;
  readonly trueClasses?: readonly number[];
  readonly predictedClass: number;
  /** One per evaluation. */
  readonly values: Float64Array;
  degenerate: boolean;
}

/** Reads the scores behind a ranking, of the shown methods. */
export async function readSubjectScores(
  source: Pick<RunControl, 'scores'>,
  subject: Subject,
  { ranking, chosen }: { readonly ranking: Ranking; readonly chosen: ChosenMethods },
): Promise<SubjectScores> {
  const { setting, measure, metric, scoredClass } = ranking;
  const compared = chosen.shown.flatMap(({ row, isControl }) => {
    const evaluation = subject.evaluations.find(({ runId, ordinal }) => runId === row.runId && ordinal === row.evaluation);
    return evaluation === undefined ? [] : [{ evaluation, isControl }];
  });
  const kept = new Map<number, KeptSample>();
  const isAlone = compared.every(({ isControl }) => isControl);
  for (const [column, { evaluation, isControl }] of compared.entries()) {
    for (let offset = 0; ; offset += SCORES_AT_A_TIME) {
      const filter = {
        ...{ evaluation: [evaluation.ordinal], metric: [metric.metric], scoredClass: [scoredClass], setting: { ...setting } },
        ...{ limit: SCORES_AT_A_TIME, offset },
      };
      const rows = await source.scores(evaluation.runId, filter);
      for (const row of rows) {
        // Other settings may contain this one; only this one is meant.
        if (!sameSetting(row.setting, setting)) continue;
        const { sampleIndex, trueClass, trueClasses, predictedClass } = row;
        // Of a constant control every map is.
        const degenerate = row.degenerate && (isAlone || !isControl);
        const sample = kept.get(sampleIndex) ?? {
          ...{ trueClass, predictedClass, degenerate },
          ...(trueClasses === undefined ? {} : { trueClasses }),
          values: new Float64Array(compared.length).fill(NaN),
        };
        sample.values[column] = row.measures[measure.name] ?? NaN;
        sample.degenerate ||= degenerate;
        kept.set(sampleIndex, sample);
      }
      if (rows.length < SCORES_AT_A_TIME) break;
    }
  }
  return {
    ...{ ranking, chosen },
    evaluations: compared.map(({ evaluation }) => evaluation),
    controls: compared.map(({ isControl }) => isControl),
    samples: [...kept]
      .sort(([a], [b]) => a - b)
      .map(([sampleIndex, { values, ...sample }]) => ({ ...{ sampleIndex, ...sample }, values: Array.from(values) })),
  };
}
