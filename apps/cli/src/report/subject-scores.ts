import { canonicalJson, type RunDetails, type TableRow } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/orchestrator';
import type { SampleScores } from '@xaigrid/report';

type Evaluations = RunDetails['evaluations'];
type Setting = TableRow['setting'];

/** Scores of all methods of one model on one data set, at one setting. */
export interface SubjectScores {
  readonly setting: Setting;
  /** Methods that were scored there, at most ten, in the run's order. */
  readonly evaluations: Evaluations;
  readonly methods: number;
  /** Those that all of `evaluations` scored, by ascending index. */
  readonly samples: readonly SampleScores[];
}

/** Methods that are compared sample by sample. */
const MOST_METHODS = 10;

const SCORES_AT_A_TIME = 10_000;

/**
 * The setting at which methods are compared sample by sample: where their drop rates lie furthest apart among those that every method has;
 * of equals the first. Undefined without a drop rate.
 */
export function settingToCompare(rows: readonly TableRow[]): Setting | undefined {
  const settings = new Map<string, { readonly setting: Setting; readonly drops: number[] }>();
  const undivided = rows.filter(({ divisor }) => divisor === undefined);
  for (const row of undivided.length > 0 ? undivided : rows) {
    const drop = row.measures.drop?.value;
    if (drop === undefined || !Number.isFinite(drop)) continue;
    const key = canonicalJson(row.setting);
    const entry = settings.get(key) ?? { setting: row.setting, drops: [] };
    entry.drops.push(drop);
    settings.set(key, entry);
  }
  const entries = [...settings.values()];
  const most = Math.max(...entries.map(({ drops }) => drops.length));
  const spread = (drops: readonly number[]): number => Math.max(...drops) - Math.min(...drops);
  return entries
    .filter(({ drops }) => drops.length === most)
    .reduce<(typeof entries)[number] | undefined>(
      (best, entry) => (best === undefined || spread(entry.drops) > spread(best.drops) ? entry : best),
      undefined,
    )?.setting;
}

/** What is kept of a sample's scores: a report of 50,000 samples and ten methods must not hold half a million rows. */
interface KeptSample {
  readonly trueClass: number;
  readonly trueClasses?: readonly number[];
  readonly predictedClass: number;
  /** One an evaluation. */
  readonly drops: Float64Array;
  degenerate: boolean;
}

export async function readSubjectScores(
  source: Pick<RunControl, 'scores'>,
  runId: string,
  evaluations: Evaluations,
  setting: Setting,
): Promise<SubjectScores> {
  const compared = evaluations.slice(0, MOST_METHODS);
  const kept = new Map<number, KeptSample>();
  const scored = compared.map(() => new Set<number>());
  for (const [column, { ordinal }] of compared.entries()) {
    for (let offset = 0; ; offset += SCORES_AT_A_TIME) {
      const rows = await source.scores(runId, {
        ...{ evaluation: [ordinal], setting: { ...setting }, limit: SCORES_AT_A_TIME, offset },
      });
      for (const row of rows) {
        // Of settings that contain this one, only this one is meant.
        if (row.metric !== 'drop-increase' || !sameSetting(row.setting, setting)) continue;
        const { sampleIndex, trueClass, trueClasses, predictedClass, degenerate } = row;
        const sample = kept.get(sampleIndex) ?? {
          trueClass,
          ...(trueClasses === undefined ? {} : { trueClasses }),
          predictedClass,
          drops: new Float64Array(compared.length),
          degenerate,
        };
        sample.drops[column] = row.measures.drop ?? NaN;
        sample.degenerate ||= degenerate;
        kept.set(sampleIndex, sample);
        scored[column]?.add(sampleIndex);
      }
      if (rows.length < SCORES_AT_A_TIME) break;
    }
  }
  const columns = compared.map((_, column) => column).filter((column) => (scored[column]?.size ?? 0) > 0);
  return {
    setting,
    evaluations: columns.flatMap((column) => compared[column] ?? []),
    methods: evaluations.length,
    samples: [...kept]
      .filter(([sampleIndex]) => columns.every((column) => scored[column]?.has(sampleIndex) === true))
      .sort(([a], [b]) => a - b)
      .map(([sampleIndex, { drops, ...sample }]) => ({
        ...{ sampleIndex, ...sample },
        drops: columns.map((column) => drops[column] ?? NaN),
      })),
  };
}

export function sameSetting(a: Setting, b: Setting): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
