import type { RunDetails, TableRow } from '@xaigrid/contracts';
import type { Figure } from '../figures/figure.js';

/** Everything on a report's page, as plain values. Names and texts may hold anything: they are escaped. */
export interface ReportData {
  readonly run: RunDetails;
  /** The run's rows, as `xaigrid table` has them. */
  readonly rows: readonly TableRow[];
  /** Methods in pairs, a table for each pair of model and data set with several. */
  readonly comparisons: readonly PageTable[];
  /** One part a pair of model and data set. */
  readonly models: readonly ModelPart[];
  /** Of the results: sweeps, distributions. */
  readonly figures: readonly Figure[];
  readonly gallery: readonly GalleryPart[];
  /** Which version made the page. */
  readonly version: string;
  /** Where only a part of the run is shown: the options that chose it, and how many evaluations the whole run has. */
  readonly chosen?: { readonly options: string; readonly evaluations: number };
}

export interface ModelPart {
  /** `cnn on mnist1d` */
  readonly title: string;
  /** What is said of the part before its numbers, for example that predictions are missing. */
  readonly note?: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly tables: readonly PageTable[];
  readonly figures: readonly Figure[];
}

export interface PageTable {
  readonly caption: string;
  /** The first column names the row. */
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
}

export interface GalleryPart {
  /** `cnn on mnist1d` */
  readonly title: string;
  /** At which setting samples were compared and how it was chosen; what was left out. */
  readonly note: string;
  readonly groups: readonly GalleryGroup[];
}

export interface GalleryGroup {
  readonly title: string;
  /** How its samples were chosen, in a sentence. */
  readonly rule: string;
  readonly table: PageTable | undefined;
  /** The samples with their maps; none where they are neither signals nor images. */
  readonly figures: readonly Figure[];
}
