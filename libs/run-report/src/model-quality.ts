import { setImmediate } from 'node:timers/promises';
import {
  isUnderWay,
  stateInWords,
  wilsonInterval,
  XaigridError,
  type EvaluationDetails,
  type Interval,
  type SamplesTaken,
} from '@xaigrid/contracts';
import { createClassification, type Classification, type ClassificationReport } from '@xaigrid/metrics';
import type { RunControl } from '@xaigrid/control';
import { classLabel, type ReportedEvaluation, type Subject } from './subjects.js';

/** How good a model is on a data set: metrics of the outputs that the run stored, without new forward passes. */
export interface ModelQuality {
  readonly subject: Subject;
  /** The engine that made these predictions. Engines differ in the last digits. */
  readonly engine: string;
  /** One name per output. */
  readonly classNames: readonly string[];
  /** The number of samples with a stored prediction, among the planned ones. */
  readonly samples: number;
  readonly planned: number;
  /** The size of the data set and how samples were chosen, if not all of them are planned. */
  readonly taken?: Pick<SamplesTaken, 'datasetSize' | 'chosen'> | undefined;
  readonly accuracyInterval: Interval | undefined;
  readonly report: ClassificationReport;
  /** For curves. */
  readonly classification: Classification;
}

/** The part of a run's control that reads predictions. */
export type PredictionSource = Pick<RunControl, 'evaluation' | 'predictions'>;

/** The predictions read at a time. */
const PAGE = 1_000;

/** The most outputs. All are held once, in float32: 1 GiB. 50,000 samples of 1000 classes have 50 million. */
const MOST_OUTPUTS = 2 ** 28;

export interface ReadOptions {
  /** The most outputs that are held in memory; default 2²⁸, which is 1 GiB. */
  readonly mostOutputs?: number;
}

/**
 * Reads the predictions of the evaluation with the most samples, page by page. Between pages, and between steps of the
 * computation, other work of the process has its turn.
 * @returns a sentence that says why there are no metrics, if there are none
 */
export async function readModelQuality(
  source: PredictionSource,
  subject: Subject,
  { mostOutputs = MOST_OUTPUTS }: ReadOptions = {},
): Promise<ModelQuality | { readonly reason: string }> {
  const evaluation = subject.evaluations.reduce((most, candidate) => (candidate.samples > most.samples ? candidate : most));
  const details = await source.evaluation(evaluation.runId, evaluation.ordinal);
  if (details.storedPredictions === 0) return noPredictions(evaluation);
  try {
    return await classify(source, { subject, evaluation, details, mostOutputs });
  } catch (error) {
    // A model without usable numbers must not hide the rest of a report.
    if (!(error instanceof XaigridError) || !['NOT_FINITE', 'SHAPE_MISMATCH'].includes(error.code)) throw error;
    return { reason: error.message };
  }
}

function noPredictions({ runId, runState }: ReportedEvaluation): { readonly reason: string } {
  const yet = isUnderWay(runState) ? ' yet' : '';
  return { reason: `No predictions are stored${yet}: run ${runId} ${stateInWords(runState)}.` };
}

async function classify(
  source: PredictionSource,
  options: {
    readonly subject: Subject;
    readonly evaluation: ReportedEvaluation;
    readonly details: EvaluationDetails;
    readonly mostOutputs: number;
  },
): Promise<ModelQuality | { readonly reason: string }> {
  const { subject, evaluation, details, mostOutputs } = options;
  const { runId, ordinal, samples: planned, engine } = evaluation;
  const samples = details.storedPredictions;
  let classification: Classification | undefined;
  let classes = 0;
  let added = 0;
  const { sampleIndices } = details;
  for (let position = 0; position < planned && added < samples; position += PAGE) {
    const last = Math.min(planned, position + PAGE) - 1;
    const [start, end] =
      sampleIndices === undefined ? [position, last] : [sampleIndices[position] ?? 0, sampleIndices[last] ?? 0];
    const page = await source.predictions(runId, ordinal, start, end + 1);
    // A running run stores more while we read. Only the counted number is taken.
    const rows = Math.min(page.labels.length, samples - added);
    if (rows === 0) continue;
    classes = page.outputs.shape[1] ?? 0;
    if (samples * classes > mostOutputs) {
      return { reason: `${samples} samples with ${classes} outputs each are more than metrics of a model hold in memory.` };
    }
    const { labels, labelSets } = page;
    classification ??= createClassification({ samples, classes, labelSets: labelSets !== undefined });
    classification.add(
      { shape: [rows, classes], data: page.outputs.data.subarray(0, rows * classes) },
      (labelSets ?? labels).slice(0, rows),
    );
    added += rows;
  }
  if (classification === undefined) return noPredictions(evaluation);
  await classification.prepare(() => setImmediate());
  const report = classification.report();
  return {
    ...{ subject, engine, samples, planned, report, classification },
    ...(planned < (evaluation.datasetSize ?? planned)
      ? { taken: { datasetSize: evaluation.datasetSize, chosen: evaluation.chosen } }
      : {}),
    classNames: Array.from({ length: classes }, (_, index) => classLabel(details.classNames, index)),
    accuracyInterval: wilsonInterval({ ones: Math.round(report.accuracy * samples), count: samples }),
  };
}
