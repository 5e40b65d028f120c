/** How a measure is summed up over the samples, and what its 95 % interval is made from. */
export interface AggregatedMeasure {
  readonly name: string;
  /** `mean`: normal interval from the sample variance; `share`: of ones, Wilson interval; `count`: of non-zeros; `collapse`: largest share of one value. */
  readonly aggregate: 'mean' | 'share' | 'count' | 'collapse';
}

/** What a measure says of itself: tables, comparisons, reports and figures show it by this alone. */
export interface MeasureDescription extends AggregatedMeasure {
  /** As tables head its column: `Drop rate`. */
  readonly title: string;
  /** One line: what it says. */
  readonly meaning: string;
  /** Which values speak for a map; left out where neither high nor low ones do, as of counts and of what chance gives. */
  readonly direction?: 'higher' | 'lower';
  /**
   * `result`: what the metric measures of maps; `check`: how far to trust a row; `reference`: of the samples and not of the maps, the same for
   * all methods; `detail`: only for json and csv.
   */
  readonly role: 'result' | 'check' | 'reference' | 'detail';
  /** Lowest and highest value of one sample of a model that gives probabilities; an end that is left out has no bound. */
  readonly range: { readonly low?: number; readonly high?: number };
  /** What a map that knows nothing gets on average: a number, or the measure of the same metric that says it. Left out: not known. */
  readonly chance?: number | { readonly measure: string };
  /** When a row's value must be spoken of before the row is believed. */
  readonly warning?: {
    /** From this value on; above 0 where it is left out. */
    readonly from?: number;
    /** What a reader must know, in a few words: `values at the threshold are equal`. */
    readonly text: string;
  };
}

/** What the registry of metrics says of a measure; undefined for one it does not know. */
export type DescribeMeasure = (metric: string, measure: string) => MeasureDescription | undefined;

/** What a metric asks of a map. */
export const metricCategories = [
  'faithfulness',
  'robustness',
  'localisation',
  'complexity',
  'randomisation',
  'axiomatic',
] as const;
export type MetricCategory = (typeof metricCategories)[number];

/** What a metric says of itself. */
export interface MetricDescription {
  readonly metric: string;
  /** As headings name it: `Drop and increase`. */
  readonly title: string;
  /** One line for `--help` and docs. */
  readonly summary: string;
  readonly category: MetricCategory;
  /** Where it comes from: paper, equation, or the library and version whose definition it is. */
  readonly source: string;
  /** What is stored per sample, in this order, and how it is summed up. */
  readonly measures: readonly MeasureDescription[];
  /** The measure that methods are ranked by. It has a direction. */
  readonly headline: string;
  /** Parts of a setting that are numbers and that curves are drawn against, as their axes are titled. */
  readonly sweeps?: readonly { readonly key: string; readonly title: string }[];
}

/** What a method's maps are made from. */
export const methodFamilies = [
  ...(['gradient', 'cam', 'perturbation', 'shapley', 'propagation', 'attention'] as const),
  /** Maps that know nothing of the model: what other methods are measured against. */
  'control',
  /** Maps made elsewhere. */
  'stored',
] as const;
export type MethodFamily = (typeof methodFamilies)[number];

/** What an explanation method says of itself. */
export interface MethodDescription {
  readonly method: string;
  /** As headings name it: `Gradient SHAP`. */
  readonly title: string;
  /** One line for `--help` and docs. */
  readonly summary: string;
  readonly family: MethodFamily;
  /** Where it comes from: paper, and the library that it is compared with. */
  readonly source: string;
}
