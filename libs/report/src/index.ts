export { comparisonsTable, formatComparisons } from './format-comparisons.js';
export { formatScores, scoreFormats, type ScoreFormat } from './format-scores.js';
export { formatTable, tableFormats, type TableFormat } from './format-table.js';
export { csvTable, tableLayouts, type TableTexts } from './table-layouts.js';
export { mapPicture, type MapPictureOptions } from './map-picture.js';
export { formatMeasure, formatSetting } from './table-columns.js';
export * from './figures/index.js';
export * from './page/index.js';
export { sampleRange } from './sample-range.js';
