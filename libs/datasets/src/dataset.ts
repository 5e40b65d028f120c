import type { FileReference, LabelSet, LocalFile } from '@xaigrid/contracts';
import type { Tensor } from '@xaigrid/tensor';
import type { z } from 'zod';

/** What is known about an opened data set. */
export interface DatasetInfo {
  /** The shape of a sample without the batch axis, channels last: `[40, 1]`. */
  readonly sampleShape: readonly number[];
  readonly classNames: readonly string[];
  /** The names of the features of a table, `[features]`, if the files have them. */
  readonly featureNames?: readonly string[];
  readonly size: number;
  /** The SHA-256 of everything that determines the samples' values and order. */
  readonly fingerprint: string;
  /** Whether it is known where in a sample its class shows. Then batches have `regions`. Absent: no. */
  readonly regions?: boolean;
  /**
   * The SHA-256 of everything that determines the regions, if they come from files of their own. It is not part of `fingerprint`,
   * so that other regions leave maps and predictions as they are. Absent: `fingerprint` says all.
   */
  readonly regionsFingerprint?: string;
  /** Whether a sample may have several labels, or none. Then batches have `labelSets`. Absent: no. */
  readonly labelSets?: boolean;
  /** What was chosen where files and parameters leave a choice, one sentence each. */
  readonly notes?: readonly string[];
}

/** Some samples of a data set. */
export interface SampleBatch {
  /** `[n, ...sampleShape]` */
  readonly inputs: Tensor;
  /** `[n]`; −1 if samples have sets of labels. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** The labels of each sample, ascending. Present if and only if `DatasetInfo.labelSets`. */
  readonly labelSets?: readonly LabelSet[];
  /**
   * `[n, ...positions]`: 1 inside the region that determines a sample's class, else 0. Present if and only if
   * `DatasetInfo.regions`.
   */
  readonly regions?: Tensor;
}

/** An opened data set. Its samples have a fixed order; `sampleIndex` is the position in it. */
export interface Dataset {
  readonly info: DatasetInfo;
  /** The label of every sample, without reading the samples. Undefined if samples have sets of labels. */
  labels(): Int32Array<ArrayBuffer> | undefined;
  /** Reads samples `start` … `end − 1`. */
  read(start: number, end: number, signal?: AbortSignal): Promise<SampleBatch>;
  /** Reads samples by index, in the given order. */
  readAt(indices: Int32Array<ArrayBuffer>, signal?: AbortSignal): Promise<SampleBatch>;
  close(): Promise<void>;
}

/** Is told how many samples of how many are read and hashed. */
export type ReadingProgress = (done: number, total: number) => void;

/** One kind of data set: how a spec describes it, which files it needs, and how to open it. */
export interface DatasetKind<Params = unknown> {
  readonly kind: string;
  /** Its name in headings: `Table of a CSV file`. */
  readonly title: string;
  /** One line for `--help` and the docs. */
  readonly summary: string;
  /** Its source, if it is one published data set. */
  readonly source?: string;
  /** The strict object schema of the spec entry without `kind`. */
  readonly params: z.ZodType<Params>;
  /**
   * The paths in its parameters, as in the spec. It reads files at and below these paths, and nowhere else. Absent: it reads
   * none.
   */
  paths?(params: Params): readonly string[];
  /**
   * The files that it reads, with hashes. Paths are resolved against `baseFolder`. The `parts` and notes of files stay in the
   * planning process.
   * @param onProgress is told of files that are read one by one, such as images
   */
  files(params: Params, baseFolder: string, onProgress?: ReadingProgress): Promise<LocalFile[]>;
  /** `params` as in a plan, without paths of this machine. They go into the database and the fingerprint. */
  plannedParams(params: Params): Readonly<Record<string, unknown>>;
  /**
   * The parameters that read the same data set channels first, if these parameters leave the layout open; otherwise undefined.
   * Absent: samples are always channels last.
   */
  channelsFirst?(params: Params): Params | undefined;
  /** Options, as a spec writes them, with which samples would have the wanted shape. Empty if there are none. */
  optionsFor?(
    params: Params,
    shapes: { readonly found: readonly number[]; readonly wanted: readonly number[] },
  ): readonly string[];
  /** The signal from which the samples of each class are made, in class order. Absent or empty if it is not known. */
  classTemplates?(params: Params): readonly ArrayLike<number>[];
  /**
   * Opens the data set.
   * @param filePath gives the path of a referenced file on this machine.
   */
  open(options: {
    readonly params: Params;
    readonly files: readonly LocalFile[];
    readonly filePath: (file: FileReference) => Promise<string>;
    readonly signal?: AbortSignal;
  }): Promise<Dataset>;
}
