export type { DrawAgain, MapsWanted, Metric, Redrawing, ScoreRequest, Scores, Setting } from './metric.js';
export { averagedOverChannels } from './maps/averaged-over-channels.js';
export { createSharedRows, sharedRowBytes, type SharedRows } from './shared-rows.js';
export { assertRedrawn } from './assert-redrawn.js';
export { assertRegions, regionsScored } from './assert-regions.js';
export { describeMeasure, drawnAgain, metric, metrics, passesToScore } from './registry.js';
export { classificationReport, createClassification } from './classification/classification.js';
export type {
  Classification,
  ClassificationOptions,
  ClassificationReport,
  CurveSubject,
} from './classification/classification.js';
export type { MultiLabelScores } from './classification/multi-label.js';
export type { Calibration, CalibrationBin } from './classification/calibration.js';
export type { AveragedScores, ClassScores } from './classification/class-scores.js';
export { confusedClasses, type ConfusedClass, type ConfusedClassesOptions } from './classification/confused-classes.js';
export { normalisedConfusion, type ConfusionMatrix, type Normalisation } from './classification/confusion.js';
export type { OutlineOptions } from './classification/outlines.js';
export {
  macroRocCurve,
  type CurveOptions,
  type PrecisionRecallCurve,
  type PrecisionRecallPoints,
  type RocCurve,
  type RocPoints,
} from './classification/curves.js';
