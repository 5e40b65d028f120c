import type { MethodDescription, MetricDescription, RunDetails, TableRow } from '@xaigrid/contracts';
import type { ChosenMethods } from '../choose-methods.js';
import type { Figure } from '../figures/figure.js';
import type { MethodPair } from '../method-pairs.js';
import type { Ranking } from '../ranking.js';
import type { SumRemedies } from '../sums-missed.js';

/** Everything on a report's page, as plain values. Names and texts may hold anything: they are escaped. */
export interface ReportData {
  /** One or several, side by side. */
  readonly runs: readonly RunDetails[];
  /** The descriptions of the rows' metrics. */
  readonly metrics: readonly MetricDescription[];
  /** The descriptions of methods. For a method without one, only its name is shown. */
  readonly methods: readonly MethodDescription[];
  readonly sumRemedies?: SumRemedies;
  /** The runs' rows, as `xaigrid table` has them. */
  readonly rows: readonly TableRow[];
  /** One part a pair of model and data set. */
  readonly results: readonly ResultPart[];
  /** One part a pair of model and data set. */
  readonly models: readonly ModelPart[];
  readonly gallery: readonly GalleryPart[];
  /** The version of xaigrid that made the page. */
  readonly version: string;
  /** If only a part of the runs is shown: the options that chose it, and the number of all evaluations. */
  readonly chosen?: { readonly options: string; readonly evaluations: number };
}

export interface ResultPart {
  /** `cnn on mnist1d` */
  readonly title: string;
  /** Its rows, with the labels of the page. */
  readonly rows: readonly TableRow[];
  /** One a metric. */
  readonly rankings: readonly RankingPart[];
  /** Curves over settings, baselines side by side. */
  readonly figures: readonly Figure[];
}

export interface RankingPart {
  readonly ranking: Ranking;
  /** The methods that figures and pairs are of. */
  readonly chosen: ChosenMethods;
  /** Every two of the methods shown. */
  readonly pairs: readonly MethodPair[];
  /** At the ranking's setting: points, distributions, differences. */
  readonly figures: readonly Figure[];
}

export interface ModelPart {
  /** `cnn on mnist1d` */
  readonly title: string;
  /** A sentence before the numbers of the part, for example that predictions are missing. */
  readonly note?: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly tables: readonly PageTable[];
  readonly figures: readonly Figure[];
}

export interface PageTable {
  readonly caption: string;
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
  /** The column that names the row; default the first. */
  readonly rowHeader?: number;
}

export interface GalleryPart {
  /** `cnn on mnist1d` */
  readonly title: string;
  /** The setting at which samples were compared and how it was chosen, and what was left out. */
  readonly note: string;
  readonly groups: readonly GalleryGroup[];
}

export interface GalleryGroup {
  readonly title: string;
  /** How its samples were chosen, in a sentence. */
  readonly rule: string;
  readonly table: PageTable | undefined;
  /** The samples with their maps; none if the samples are of no kind that can be drawn. */
  readonly figures: readonly Figure[];
}
