import {
  isWarning,
  ROUNDING,
  scaleOf,
  standardDeviationOf,
  SUM_MISSED,
  type MeasureDescription,
  type MetricDescription,
  type Reason,
  type TableRow,
} from '@xaigrid/contracts';

/** What a row says of itself: what was counted, and its metric's checks. */
export function rowChecks(row: TableRow, { measures, headline }: Pick<MetricDescription, 'measures' | 'headline'>): Reason[] {
  const { samples, planned, degenerate, sumMissed, undecided } = row;
  return [
    ...(degenerate > 0 ? [reason('degenerate', `${degenerate} of ${samples} maps are the same everywhere`)] : []),
    ...measures.flatMap((measure) => measureChecks(row, measure, measure.name === headline)),
    ...(sumMissed === undefined
      ? []
      : [
          reason(
            'sum-missed',
            `${sumMissed.samples} of ${planned} maps miss what they explain by more than ${100 * SUM_MISSED} %, at most by ${percent(sumMissed.largest)}`,
          ),
        ]),
    ...(undecided === undefined ? [] : [reason('undecided', `${undecided} of ${planned} maps depend on rounding`)]),
    ...(samples < planned ? [reason('incomplete', `${samples} of ${planned} samples are scored`)] : []),
  ];
}

/** @param isRankedBy of other measures a score that all samples have, such as every hit of a game, speaks against nothing */
function measureChecks(row: TableRow, measure: MeasureDescription, isRankedBy: boolean): Reason[] {
  const { value } = row.measures[measure.name] ?? {};
  if (value === undefined) return [];
  const { title, aggregate, warning } = measure;
  if (warning !== undefined) {
    if (!isWarning(measure, value, row.samples)) return [];
    const amount = aggregate === 'count' ? `${value} of ${row.samples} samples` : percent(value);
    return [reason(warning.code ?? 'check', `${title}, ${amount}: ${warning.text}`)];
  }
  if (!isRankedBy || row.samples < 2 || row.divisor !== undefined) return [];
  const isSame = aggregate === 'share' ? value === 0 || value === 1 : aggregate === 'mean' && isConstant(row, measure);
  return isSame ? [reason('same-scores', `${title} is ${Number(value.toPrecision(4))} for every sample`)] : [];
}

function isConstant({ samples, measures }: TableRow, measure: MeasureDescription): boolean {
  const { value = NaN, interval } = measures[measure.name] ?? {};
  const size = Math.max(scaleOf(measure), Math.abs(value));
  return interval !== undefined && standardDeviationOf(interval, samples) <= ROUNDING * size;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

function reason(code: Reason['code'], text: string): Reason {
  return { code, text };
}
