import { canonicalJson, type RunDetails, type ScoreRow, type TableRow } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/orchestrator';

type Evaluations = RunDetails['evaluations'];
type Setting = TableRow['setting'];

/** Scores of all methods of one model on one data set, at one setting. */
export interface SubjectScores {
  readonly setting: Setting;
  /** Methods that were scored there, at most ten, in the run's order. */
  readonly evaluations: Evaluations;
  readonly methods: number;
  /** Each sample's rows, one an evaluation of `evaluations` where it is scored. */
  readonly samples: ReadonlyMap<number, readonly (ScoreRow | undefined)[]>;
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
  for (const row of rows) {
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

export async function readSubjectScores(
  source: Pick<RunControl, 'scores'>,
  runId: string,
  evaluations: Evaluations,
  setting: Setting,
): Promise<SubjectScores> {
  const compared = evaluations.slice(0, MOST_METHODS);
  const samples = new Map<number, (ScoreRow | undefined)[]>();
  const scored = new Set<number>();
  for (const [column, { ordinal, label }] of compared.entries()) {
    for (let offset = 0; ; offset += SCORES_AT_A_TIME) {
      const rows = await source.scores(runId, { method: label, setting, limit: SCORES_AT_A_TIME, offset });
      for (const row of rows) {
        // Labels may be the same on several data sets.
        if (row.evaluation !== ordinal || row.metric !== 'drop-increase') continue;
        const sample = samples.get(row.sampleIndex) ?? [];
        sample[column] = row;
        samples.set(row.sampleIndex, sample);
        scored.add(column);
      }
      if (rows.length < SCORES_AT_A_TIME) break;
    }
  }
  const columns = compared.map((_, column) => column).filter((column) => scored.has(column));
  return {
    setting,
    evaluations: compared.filter((_, column) => scored.has(column)),
    methods: evaluations.length,
    samples: new Map([...samples].map(([index, rows]) => [index, columns.map((column) => rows[column])])),
  };
}
