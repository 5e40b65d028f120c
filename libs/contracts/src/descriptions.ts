/** How a measure is aggregated over the samples, and what its 95 % interval is computed from. */
export interface AggregatedMeasure {
  readonly name: string;
  /**
   * `mean`: normal interval from the sample variance. `share`: the share of ones, Wilson interval. `count`: the number of values
   * other than zero. `collapse`: the share of the most frequent value.
   */
  readonly aggregate: 'mean' | 'share' | 'count' | 'collapse';
}

/** Of maps: methods differ in them whatever they hold for important. */
export const mapProperties = ['scale', 'shape'] as const;
export type MapProperty = (typeof mapProperties)[number];

/** What a measure says about itself. Tables, comparisons, reports and figures use nothing else. */
export interface MeasureDescription extends AggregatedMeasure {
  /** The heading of its column in tables: `Drop rate`. */
  readonly title: string;
  /** One line that says what the value means. */
  readonly meaning: string;
  /** Which values are better. Absent if neither high nor low values are, for example for counts and for values of chance. */
  readonly direction?: 'higher' | 'lower';
  /**
   * `result`: what the metric measures of maps. `check`: how far to trust a row. `reference`: depends on the samples only and is
   * the same for all methods. `detail`: shown only in json and csv.
   */
  readonly role: 'result' | 'check' | 'reference' | 'detail';
  /** The lowest and highest value for one sample, for models that give probabilities. An absent end has no bound. */
  readonly range: { readonly low?: number; readonly high?: number };
  /**
   * The size of the numbers that a score is a difference or a share of, such as an output of the model: they round, and values
   * that differ by rounding alone are equal. Absent: the larger bound of `range`, and where it has none, the values themselves.
   */
  readonly scale?: number;
  /**
   * What of a map its value depends on besides which positions it ranks high. `scale`: the unit of the map's values, and so the
   * method and its target. `shape`: how many values the map has. Absent: of neither.
   */
  readonly dependsOn?: readonly MapProperty[];
  /**
   * The mean value for a map without information: a number, or the measure of the same metric that gives it. Absent: not known.
   */
  readonly chance?: number | { readonly measure: string };
  /** From which value on readers must be warned before they trust a row. */
  readonly warning?: {
    /** Warn from this value on; for a count, from this share of the samples on. Absent: for any value above 0. */
    readonly from?: number;
    /** The code of the reason against a row. Absent: `check`. */
    readonly code?: 'collapse' | 'ties';
    /** The warning in a few words: `values at the threshold are equal`. */
    readonly text: string;
  };
}

/**
 * The range of one sample's value at a setting. Ranges are of probabilities: if a setting reads another target, nothing is known.
 */
export function rangeAt(
  { range }: Pick<MeasureDescription, 'range'>,
  setting: Readonly<Record<string, unknown>>,
): MeasureDescription['range'] {
  const { target = 'probability' } = setting;
  return target === 'probability' ? range : {};
}

/** The range of the difference of two values with this range. */
export function rangeOfDifference({ low, high }: MeasureDescription['range']): MeasureDescription['range'] {
  return low === undefined || high === undefined ? {} : { low: low - high, high: high - low };
}

/**
 * Whether a row's value of a measure must be spoken of.
 * @param samples of the row
 */
export function isWarning({ warning, aggregate }: MeasureDescription, value: number, samples: number): boolean {
  if (warning === undefined) return false;
  if (warning.from === undefined) return value > 0;
  return (aggregate === 'count' ? value / Math.max(1, samples) : value) >= warning.from;
}

/**
 * From this share of the samples on, ties speak against a row. A score between 0 and 1 whose order is left to chance may be off by 1, so below a
 * tenth the mean is off by less than 0.1, which is the half width of the 95 % interval of a rate over 100 samples.
 */
export const TIED_SAMPLES = 0.1;

/** Looks up the description of a measure in the registry of metrics. Undefined for an unknown measure. */
export type DescribeMeasure = (metric: string, measure: string) => MeasureDescription | undefined;

/** The question that a metric asks about a map. */
export const metricCategories = [
  'faithfulness',
  'robustness',
  'localisation',
  'complexity',
  'randomisation',
  'axiomatic',
] as const;
export type MetricCategory = (typeof metricCategories)[number];

/** What a metric says about itself. */
export interface MetricDescription {
  readonly metric: string;
  /** Its name in headings: `Drop and increase`. */
  readonly title: string;
  /** One line for `--help` and the docs. */
  readonly summary: string;
  readonly category: MetricCategory;
  /** The source of its definition: paper, equation, or library and version. */
  readonly source: string;
  /** What is stored for each sample, in this order, and how it is aggregated. */
  readonly measures: readonly MeasureDescription[];
  /** The measure that ranks methods. It has a direction. */
  readonly headline: string;
  /** The numeric parts of a setting that curves are drawn against, with the titles of their axes. */
  readonly sweeps?: readonly { readonly key: string; readonly title: string }[];
}

/** What a method computes its maps from. */
export const methodFamilies = [
  ...(['gradient', 'cam', 'perturbation', 'shapley', 'propagation', 'attention'] as const),
  /** Maps that do not depend on the model. Other methods are compared with them. */
  'control',
  /** Maps that were made elsewhere. */
  'stored',
] as const;
export type MethodFamily = (typeof methodFamilies)[number];

/** What an explanation method says about itself. */
export interface MethodDescription {
  readonly method: string;
  /** Its name in headings: `Gradient SHAP`. */
  readonly title: string;
  /** One line for `--help` and the docs. */
  readonly summary: string;
  readonly family: MethodFamily;
  /** The source of its definition: the paper, and the library that it is compared with. */
  readonly source: string;
}
