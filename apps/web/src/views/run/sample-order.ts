import type { TableRow } from '@xaigrid/contracts';
import type { Catalog, RunDetails, RunEvaluation } from '../../api/queries.js';
import { canonical, measureOf, metricOf } from '../../parts/texts.js';
import type { SampleSearch } from '../../router.js';

/** By which scores samples are ordered and filtered: one method's, of one metric at one setting. */
export interface SampleOrder {
  readonly evaluation: RunEvaluation;
  /** The evaluations of the same data set and model, side by side. */
  readonly methods: readonly RunEvaluation[];
  readonly metric: string;
  readonly scoredClass: string;
  readonly setting: TableRow['setting'];
  readonly measures: readonly string[];
  /** The measure that is shown and filters: the one that orders, else the chosen one, else the metric's headline. */
  readonly measure: string;
  /** `sample`, `confidence`, `disagreement` or a measure; with `-` in front descending. */
  readonly sort: string;
}

/** What samples are ordered by besides measures. */
const others = ['sample', 'confidence', 'disagreement'];

/** The order that the address asks for, with defaults for what it leaves out or what does not exist. */
export function sampleOrder(
  run: RunDetails,
  rows: readonly TableRow[],
  catalog: Catalog | undefined,
  search: SampleSearch,
): SampleOrder | undefined {
  const scored = run.evaluations.filter(({ ordinal }) => rows.some((row) => row.evaluation === ordinal));
  const evaluation = scored.find(({ ordinal }) => ordinal === search.by) ?? scored[0];
  if (evaluation === undefined) return undefined;
  const own = rows.filter((row) => row.evaluation === evaluation.ordinal);
  const ofMetric = own.filter(({ metric }) => metric === search.metric);
  const candidates = ofMetric.length > 0 ? ofMetric : own.filter(({ metric }) => metric === own[0]?.metric);
  const row =
    candidates.find((one) => canonical(one.setting) === search.setting && one.scoredClass === search.scoredClass) ??
    candidates.find((one) => canonical(one.setting) === search.setting) ??
    candidates[0];
  if (row === undefined) return undefined;
  const measures = Object.keys(row.measures).filter((name) => measureOf(catalog, row.metric, name)?.role !== 'detail');
  const sorted = (search.sort ?? '').replace(/^-/, '');
  const headline = metricOf(catalog, row.metric)?.headline ?? measures[0] ?? '';
  return {
    evaluation,
    methods: run.evaluations.filter(({ dataset, model }) => dataset === evaluation.dataset && model === evaluation.model),
    ...{ metric: row.metric, scoredClass: row.scoredClass, setting: row.setting, measures },
    measure: measures.includes(sorted) ? sorted : measures.includes(search.measure ?? '') ? (search.measure ?? '') : headline,
    sort: others.includes(sorted) || measures.includes(sorted) ? (search.sort ?? 'sample') : 'sample',
  };
}

/** The query of the API for the samples in that order. */
export function samplesAsked(order: SampleOrder, search: SampleSearch) {
  const isMeasure = order.measures.includes(order.sort.replace(/^-/, ''));
  return {
    ...samplesChosen(order, search),
    sort: isMeasure ? `${order.sort.startsWith('-') ? '-' : ''}score` : order.sort,
  };
}

/** The query of the API for the samples in any order. */
export function samplesChosen(order: SampleOrder, search: SampleSearch) {
  const { minConfidence, maxConfidence, minDisagreement, maxDisagreement } = search;
  return {
    ...{ dataset: order.evaluation.dataset, model: order.evaluation.model, by: order.evaluation.ordinal },
    ...{ metric: order.metric, scoredClass: order.scoredClass, setting: order.setting, measure: order.measure },
    class: search.class,
    predicted: search.predicted,
    right: yesOrNo(search.right),
    degenerate: yesOrNo(search.degenerate),
    ...{ minScore: search.low, maxScore: search.high },
    ...{ minConfidence, maxConfidence, minDisagreement, maxDisagreement },
  };
}

function yesOrNo(text: string | undefined): boolean | undefined {
  return text === 'yes' ? true : text === 'no' ? false : undefined;
}
