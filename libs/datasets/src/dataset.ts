import type { FileReference, LabelSet, LocalFile } from '@xaigrid/contracts';
import type { Tensor } from '@xaigrid/tensor';
import type { z } from 'zod';

export interface DatasetInfo {
  /** Without the batch axis, channels last: `[40, 1]`. */
  readonly sampleShape: readonly number[];
  readonly classNames: readonly string[];
  /** What the features of a table, `[features]`, are called, where the files say it. */
  readonly featureNames?: readonly string[];
  readonly size: number;
  /** SHA-256 over everything that decides the samples' values and order. */
  readonly fingerprint: string;
  /** Whether it is known where in a sample its class shows: batches have `regions`. Left out: no. */
  readonly regions?: boolean;
  /** Whether a sample may have several labels, or none: batches have `labelSets`. Left out: no. */
  readonly labelSets?: boolean;
  /** What was chosen where files and parameters leave it open, one sentence each. */
  readonly notes?: readonly string[];
}

export interface SampleBatch {
  /** `[n, ...sampleShape]` */
  readonly inputs: Tensor;
  /** `[n]`; −1 where samples have sets of labels. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** The labels of each sample, ascending. Present iff `DatasetInfo.labelSets`. */
  readonly labelSets?: readonly LabelSet[];
  /** `[n, ...positions]`: 1 inside the region that makes a sample's class, else 0. Present iff `DatasetInfo.regions`. */
  readonly regions?: Tensor;
}

/** An opened data set. Samples have a fixed order; `sampleIndex` is the position in it. */
export interface Dataset {
  readonly info: DatasetInfo;
  /** The label of every sample, without reading the samples; undefined where samples have sets of labels. */
  labels(): Int32Array<ArrayBuffer> | undefined;
  /** Samples `start` … `end − 1`. */
  read(start: number, end: number, signal?: AbortSignal): Promise<SampleBatch>;
  /** Samples by index, in the given order. */
  readAt(indices: Int32Array<ArrayBuffer>, signal?: AbortSignal): Promise<SampleBatch>;
  close(): Promise<void>;
}

/** One kind of data set: how a spec describes it, which files it needs, how it is opened. */
export interface DatasetKind<Params = unknown> {
  readonly kind: string;
  /** As headings name it: `Table of a CSV file`. */
  readonly title: string;
  /** One line for `--help` and docs. */
  readonly summary: string;
  /** Where it comes from, if it is one set. */
  readonly source?: string;
  /** Strict object schema of the spec entry without `kind`. */
  readonly params: z.ZodType<Params>;
  /**
   * Paths in its parameters, as the spec has them: it reads files there and below, and nowhere else. Left out: it reads none.
   */
  paths?(params: Params): readonly string[];
  /** The files it reads, hashed; paths are resolved against `baseFolder`. Their `parts` and notes stay with the planning process. */
  files(params: Params, baseFolder: string): Promise<LocalFile[]>;
  /** `params` as a plan has them, without paths of this machine: what goes into the database and the fingerprint. */
  plannedParams(params: Params): Readonly<Record<string, unknown>>;
  /**
   * The parameters that read the same set channels first, where these leave it open; undefined where they do not. Left out: samples are
   * channels last in any case.
   */
  channelsFirst?(params: Params): Params | undefined;
  /** Options, as a spec writes them, with which samples would have the shape that is wanted, where there are any. */
  optionsFor?(
    params: Params,
    shapes: { readonly found: readonly number[]; readonly wanted: readonly number[] },
  ): readonly string[];
  /** The signal that the samples of each class are made from, in class order, where that is known. */
  classTemplates?(params: Params): readonly ArrayLike<number>[];
  /** @param filePath where the file with that reference is on this machine. */
  open(options: {
    readonly params: Params;
    readonly files: readonly LocalFile[];
    readonly filePath: (file: FileReference) => Promise<string>;
    readonly signal?: AbortSignal;
  }): Promise<Dataset>;
}
