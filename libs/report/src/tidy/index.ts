export {
  failureTable,
  predictionTable,
  resultTable,
  scoreTable,
  type TidyFailure,
  type TidyPrediction,
  type TidyResult,
  type TidyScore,
} from './tables.js';
export type { TidyColumn, TidyTable, TidyType, TidyValue } from './tidy-table.js';
