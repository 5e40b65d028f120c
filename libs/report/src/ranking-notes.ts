import {
  FEWEST_AGREEING_METHODS,
  listed,
  MOST_AGREEING_COLUMNS,
  type DescribeMeasure,
  type MethodRanking,
} from '@xaigrid/contracts';
import { measureOf } from './descriptions.js';
import { mapDependence } from './map-dependence.js';
import { columnNames, methodNames } from './ranking-names.js';

/** What a ranking lacks, one sentence each. */
export function rankingNotes(ranking: MethodRanking, describe?: DescribeMeasure): string[] {
  const { methods, columns, unranked } = ranking;
  const [names, titles] = [methodNames(ranking), columnNames(ranking, describe)];
  const controls = names.filter((_, at) => methods[at]?.control === true);
  const missing = names.flatMap((name, at) => {
    const lacking = titles.filter((_, column) => (columns[column]?.ranks[at] ?? null) === null);
    return lacking.length === 0 ? [] : [`${name} has no scores for ${listed(lacking)}.`];
  });
  const measures = unranked.map(({ metric, measure }) => measureOf(describe, metric, measure).title);
  return [
    ...(columns.length === 0 ? ['Nothing here has a better and a worse: no measure with a direction has scores.'] : []),
    ...(methods.length === 1 ? [`There is one method alone, ${names.join()}: ranks need another.`] : []),
    ...missing,
    ...unequalSamples(ranking, titles),
    ...(measures.length === 0 ? [] : [`Not ranked, since neither high nor low is better: ${listed([...new Set(measures)])}.`]),
    ...(new Set(methods.map(({ method }) => method)).size > 1
      ? mapDependence(columns.map(({ metric, measure }) => measureOf(describe, metric, measure)))
      : []),
    ...agreementNotes(ranking, controls),
  ];
}

/** Where means are of other numbers of samples. `compare` takes the samples that two methods share. */
function unequalSamples({ columns }: MethodRanking, titles: readonly string[]): string[] {
  const ranges = columns.flatMap(({ samples }, at) => {
    const counts = samples?.filter((count) => count !== null) ?? [];
    return counts.length === 0 ? [] : [`${titles[at] ?? ''} (${Math.min(...counts)} to ${Math.max(...counts)})`];
  });
  return ranges.length === 0
    ? []
    : [
        `Not all methods have scores of as many samples, so means are of different samples: ${listed(ranges)}. "xaigrid compare" takes the samples that two methods share.`,
      ];
}

/** Why there is no agreement, or who has no part in it. */
function agreementNotes({ methods, columns, agreements }: MethodRanking, controls: readonly string[]): string[] {
  const compared = methods.length - controls.length;
  const besides =
    controls.length === 0 ? '' : ` besides ${controls.length === 1 ? 'the control' : 'the controls'} ${controls.join(', ')}`;
  if (columns.length < 2)
    return columns.length === 0 ? [] : ['There is one metric alone: there is none that it could agree with.'];
  if (compared < FEWEST_AGREEING_METHODS)
    return [
      `Agreement of metrics has no meaning below three methods${besides}: there ${compared === 1 ? 'is' : 'are'} ${compared}.`,
    ];
  if (columns.length > MOST_AGREEING_COLUMNS)
    return [
      `Agreement is computed for at most ${MOST_AGREEING_COLUMNS} columns, not for ${columns.length}: choose with --metric, --keep or --baseline.`,
    ];
  const unknown = agreements.filter(({ overMethods, overSamples }) => (overMethods ?? overSamples) === undefined).length;
  return [
    ...(controls.length === 0 ? [] : [`Agreement is of the methods${besides}.`]),
    ...(unknown === 0
      ? []
      : [
          `${unknown} of ${agreements.length} pairs of metrics have no agreement: fewer than three methods or two samples in common, or equal values.`,
        ]),
  ];
}
