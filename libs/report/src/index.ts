export { againstEvaluation } from './against-summary.js';
export { attemptsPhrase } from './attempts-phrase.js';
export { chooseMethods, type ChosenMethods } from './choose-methods.js';
export { chanceOf, describedMetric, resultMeasures } from './descriptions.js';
export { estimatePlaces, formatEstimate } from './estimate-text.js';
export { formatComparisons } from './format-comparisons.js';
export { formatScores, scoreFormats, type ScoreFormat } from './format-scores.js';
export { shortText, wrapped } from './fit-table.js';
export { formatSummary } from './format-summary.js';
export { formatTable } from './format-table.js';
export { csvTable, tableLayouts, type TextStyle } from './table-layouts.js';
export type { TableTexts } from './table-texts.js';
export { formatAccuracies } from './model-accuracy.js';
export { mapPicture, type MapPictureOptions } from './map-picture.js';
export { isToldApart, methodPairs, type MethodPair } from './method-pairs.js';
export {
  comparedAt,
  rankedTitle,
  rankings,
  sameSetting,
  scoredClassInWords,
  settingToCompare,
  type RankedMethod,
  type Ranking,
} from './ranking.js';
export { formatMeasure, formatSetting, formatShare, settingInWords } from './table-columns.js';
export * from './figures/index.js';
export * from './page/index.js';
export { failedSubject, sampleRange } from './sample-range.js';
export { formatSumsMissed } from './sums-missed.js';
export { whatItReads } from './what-it-reads.js';
export { formatSamplesTaken } from './samples-taken.js';
