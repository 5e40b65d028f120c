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

/** How good a model is on a data set: metrics from the outputs that the run stored, without a new forward pass. */
export interface ModelQuality {
  readonly subject: Subject;
  /** Whose predictions these are: engines differ in the last digits. */
  readonly engine: string;
  /** One an output. */
  readonly classNames: readonly string[];
  /** Samples with a stored prediction, of those planned. */
  readonly samples: number;
  readonly planned: number;
  /** Samples of the data set, where not all are planned, and how those were chosen. */
  readonly taken?: Pick<SamplesTaken, 'datasetSize' | 'chosen'> | undefined;
  readonly accuracyInterval: Interval | undefined;
  readonly report: ClassificationReport;
  /** For curves. */
  readonly classification: Classification;
}

/** What predictions are read through. */
export type PredictionSource = Pick<RunControl, 'evaluation' | 'predictions'>;

/** Predictions read at a time. */
const PAGE = 1_000;

/** All outputs are held once, in float32: 1 GiB. 50,000 samples of 1000 classes have 50 million. */
const MOST_OUTPUTS = 2 ** 28;

/**
 * Reads the predictions of the evaluation with the most samples, a page at a time.
 * @returns a sentence that says why there are no metrics, where there are none
 */
export async function readModelQuality(
  source: PredictionSource,
  subject: Subject,
): Promise<ModelQuality | { readonly reason: string }> {
  const evaluation = subject.evaluations.reduce((most, candidate) => (candidate.samples > most.samples ? candidate : most));
  const details = await source.evaluation(evaluation.runId, evaluation.ordinal);
  if (details.storedPredictions === 0) return noPredictions(evaluation);
  try {
    return await classify(source, { subject, evaluation, details });
  } catch (error) {
    // A model that gives no numbers must not hide the rest of a report.
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
  },
): Promise<ModelQuality | { readonly reason: string }> {
  const { subject, evaluation, details } = options;
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
    // A run under way stores more while we read: what was counted is what is taken.
    const rows = Math.min(page.labels.length, samples - added);
    if (rows === 0) continue;
    classes = page.outputs.shape[1] ?? 0;
    if (samples * classes > MOST_OUTPUTS) {
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
