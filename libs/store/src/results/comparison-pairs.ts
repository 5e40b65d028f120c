import { canonicalJson, grouped, select, selectionOf, XaigridError, type ComparedAcross } from '@xaigrid/contracts';
import type { ComparisonQuery } from '../store.js';
import { runsInWords, type RunScoreSet } from './run-score-sets.js';
import type { ScoreColumn } from './score-stream.js';

/** Two score sets and the measure they are compared by. */
export interface Pair {
  readonly first: RunScoreSet;
  readonly second: RunScoreSet;
  readonly measure: string;
  /** Of the measure among those of the metric, from 1. */
  readonly position: number;
  /** Of the measure, as of `ScaleOf`. */
  readonly scale: number;
  readonly across: ComparedAcross;
}

type UnscaledPair = Omit<Pair, 'scale'>;

/** A pair, and whether its sides have samples in common. */
export interface TestedPair extends Pair {
  readonly isPaired: boolean;
}

/**
 * The pairs that a query means, the settings in the order in which the runs have them; those with one setting and measure stand
 * together.
 * @throws USAGE when it names what is not there, or compares across what there is one of
 */
export function pairsOf(all: readonly RunScoreSet[], query: ComparisonQuery): Pair[] {
  const { runIds, measure, against } = query;
  const across = query.across ?? (runIds.length > 1 ? 'runs' : 'methods');
  if (across === 'methods' && runIds.length > 1)
    throw new XaigridError(
      'USAGE',
      'Methods are compared within one run: name one run, or compare across runs, models or datasets.',
    );
  if (across !== 'methods' && against !== undefined)
    throw new XaigridError(
      'USAGE',
      `"against" names a second method, but across ${across} a method is compared with itself. Choose methods with "method".`,
    );
  const pairs = across === 'methods' ? pairsOfMethods(all, query) : pairsAcross(all, query, across);
  return pairs.flatMap((pair) =>
    measure === undefined || pair.measure === measure
      ? [{ ...pair, scale: query.scaleOf?.(pair.first.metric, pair.measure) ?? 0 }]
      : [],
  );
}

/** `method` says what comes first and `against` what comes second; what else is chosen, both must have. */
function pairsOfMethods(all: readonly RunScoreSet[], { runIds, against, ...query }: ComparisonQuery): UnscaledPair[] {
  const subject = runsInWords(runIds);
  const { method, ...others } = selectionOf(query);
  const sets = select(all, others, subject);
  const named = (names: readonly string[] | undefined): ReadonlySet<RunScoreSet> | undefined =>
    names === undefined ? undefined : new Set(select(sets, { method: [...names] }, subject));
  const [firsts, seconds] = [named(method), named(against)];
  const fits = (first: RunScoreSet, second: RunScoreSet): boolean =>
    (firsts === undefined || firsts.has(first)) && (seconds === undefined || seconds.has(second));
  const groups = grouped(sets, ({ dataset, model, engine, metric, scoredClass, setting }) =>
    canonicalJson({ dataset, model, engine, metric, scoredClass, setting }),
  );
  return [...groups.values()].flatMap((group) =>
    byMeasure(
      twosOf(group).flatMap(([first, second]) => {
        // Evaluations with the same maps: there is nothing to compare.
        if (first.scoreSetId === second.scoreSetId) return [];
        if (fits(first, second)) return [{ first, second }];
        return fits(second, first) ? [{ first: second, second: first }] : [];
      }),
      'methods',
    ),
  );
}

/** What tells the sides apart, by what they are compared across. */
const sideNames: Readonly<Record<Exclude<ComparedAcross, 'methods'>, (set: RunScoreSet) => string>> = {
  runs: ({ runId }) => runId,
  models: ({ model }) => model,
  datasets: ({ dataset }) => dataset,
};

export function sideName(across: ComparedAcross, set: RunScoreSet): string {
  return across === 'methods' ? set.label : sideNames[across](set);
}

const things: Readonly<Record<Exclude<ComparedAcross, 'methods'>, string>> = {
  ...{ runs: 'run', models: 'model', datasets: 'data set' },
};

/** The same method on both sides, with everything else in common as well. */
function pairsAcross(
  all: readonly RunScoreSet[],
  query: ComparisonQuery,
  across: Exclude<ComparedAcross, 'methods'>,
): UnscaledPair[] {
  const sets = select(all, selectionOf(query), runsInWords(query.runIds));
  const sideOf = sideNames[across];
  const sides = [...new Set(sets.map(sideOf))];
  if (sides.length < 2)
    throw new XaigridError(
      'USAGE',
      `To compare across ${across} takes two of them, but there is one ${things[across]} here: ${sides.join()}. ` +
        (across === 'runs' ? 'Name another run.' : `Name another run that has another ${things[across]}.`),
    );
  const groups = grouped(sets, (set) => canonicalJson([sectionKey(set, across), set.label]));
  // Sides of two runs are only compared where no one run has both.
  const has = (group: readonly RunScoreSet[], runId: string, side: string): boolean =>
    group.some((set) => set.runId === runId && sideOf(set) === side);
  const pairs = [...groups.values()].flatMap((group) =>
    twosOf(group).flatMap(([first, second]) => {
      if (sideOf(first) === sideOf(second)) return [];
      const isWithin = has(group, first.runId, sideOf(second)) || has(group, second.runId, sideOf(first));
      return across !== 'runs' && first.runId !== second.runId && isWithin ? [] : [{ first, second }];
    }),
  );
  // All methods at one setting stand together: they are one family of tests.
  const sections = grouped(pairs, ({ first }) => sectionKey(first, across));
  return [...sections.values()].flatMap((section) => byMeasure(section, across));
}

/** What pairs that are one family of tests have in common: all here of one measure and setting. */
export function familyKey(pair: Pair | undefined): string {
  return pair === undefined ? '' : `${sectionKey(pair.first, pair.across)} ${pair.position}`;
}

/** The columns of scores that are compared. */
export function sidesOf(pair: Pair | undefined): ScoreColumn[] {
  return pair === undefined ? [] : [pair.first, pair.second].map((set) => ({ set, position: pair.position }));
}

/** What they have in common besides the measure. */
function sectionKey(
  { dataset, model, engine, metric, version, scoredClass, setting }: RunScoreSet,
  across: ComparedAcross,
): string {
  return canonicalJson({
    ...{ engine, metric, version, scoredClass, setting },
    ...(across === 'datasets' ? {} : { dataset }),
    ...(across === 'models' ? {} : { model }),
  });
}

function twosOf(group: readonly RunScoreSet[]): [RunScoreSet, RunScoreSet][] {
  return group.flatMap((first, at) => group.slice(at + 1).map((second): [RunScoreSet, RunScoreSet] => [first, second]));
}

/** Each pair by every measure that is a mean or a share. */
function byMeasure(pairs: readonly Pick<Pair, 'first' | 'second'>[], across: ComparedAcross): UnscaledPair[] {
  const { measures = [], aggregates = [] } = pairs[0]?.first ?? {};
  return measures.flatMap((measure, index) =>
    ['mean', 'share'].includes(aggregates[index] ?? '')
      ? pairs.map((pair) => ({ ...pair, measure, position: index + 1, across }))
      : [],
  );
}
