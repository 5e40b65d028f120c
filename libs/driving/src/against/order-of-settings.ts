import {
  canonicalJson,
  differenceOf,
  grouped,
  plainText,
  scaleOf,
  type MeasureDescription,
  type Reason,
  type TableRow,
} from '@xaigrid/contracts';

interface Placed {
  readonly row: TableRow;
  readonly low: number;
  readonly high: number;
}

/** Two methods at two settings: `here` the first is better, `there` worse. */
interface Contradiction {
  readonly other: string;
  readonly isBetter: boolean;
  readonly there: TableRow['setting'];
}

/**
 * Rows at one setting of a metric (a baseline, a keep fraction, a definition) whose method is better than another, where another setting says the
 * opposite. Only what intervals that do not overlap decide counts, at both settings: of means alone some change their order always.
 * @param rows of one metric
 * @param measure that its methods are ranked by
 */
export function ordersThatDiffer(rows: readonly TableRow[], measure: MeasureDescription): Map<TableRow, Reason> {
  const found = new Map<TableRow, Reason>();
  const alike = ({ runId, dataset, model, engine, scoredClass, explainedClass, divisor }: TableRow): string =>
    canonicalJson([runId, dataset, model, engine, scoredClass, explainedClass, divisor ?? 0]);
  for (const group of grouped(rows, alike).values()) {
    const methods = [
      ...grouped(
        group.flatMap((row) => placed(row, measure)),
        ({ row }) => row.evaluation,
      ).values(),
    ];
    for (const own of methods) {
      const against = methods.filter((others) => others !== own).map((others) => signs(own, others, measure));
      for (const { row } of own) {
        const told = against.flatMap((one) => contradiction(one, row) ?? []);
        const [first] = told;
        if (first !== undefined) found.set(row, { code: 'order-depends-on-setting', text: inWords(first, told.length - 1) });
      }
    }
  }
  return found;
}

function placed(row: TableRow, { name }: MeasureDescription): Placed[] {
  const { interval } = row.measures[name] ?? {};
  return interval === undefined ? [] : [{ row, ...interval }];
}

interface Sign {
  readonly row: TableRow;
  readonly other: string;
  readonly isBetter: boolean;
}

/** At which settings one method is told apart from another. */
function signs(own: readonly Placed[], others: readonly Placed[], { direction, ...measure }: MeasureDescription): Sign[] {
  const scale = scaleOf(measure);
  const bySetting = new Map(others.map((other) => [canonicalJson(other.row.setting), other]));
  return own.flatMap(({ row, low, high }) => {
    const other = bySetting.get(canonicalJson(row.setting));
    if (other === undefined) return [];
    // Intervals that touch but for rounding overlap.
    const [above, below] = [differenceOf(low, other.high, scale) > 0, differenceOf(other.low, high, scale) > 0];
    return above || below ? [{ row, other: other.row.label, isBetter: above === (direction === 'higher') }] : [];
  });
}

function contradiction(found: readonly Sign[], row: TableRow): Contradiction | undefined {
  const here = found.find((sign) => sign.row === row);
  const there = here === undefined ? undefined : found.find((sign) => sign.isBetter !== here.isBetter);
  return here === undefined || there === undefined ? undefined : { ...here, there: there.row.setting };
}

function inWords({ other, isBetter, there }: Contradiction, more: number): string {
  const [here, elsewhere] = isBetter ? ['better', 'worse'] : ['worse', 'better'];
  const others = more === 0 ? '' : `; the same of ${more} other method${more === 1 ? '' : 's'}`;
  return `${here} than ${other} here, ${elsewhere} at ${plainText(there)}${others}`;
}
