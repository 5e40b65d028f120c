export { chooseSamples, type ChosenSamples, type SampleScores } from './choose-samples.js';
export { galleryPanels, pictureLimits, type GallerySample, type PictureLimits } from './gallery-panels.js';
export type { GalleryGroup, GalleryPart, ModelPart, PageTable, RankingPart, ReportData, ResultPart } from './page-data.js';
export { rankingFigures } from './ranking-figures.js';
export { pageStart, reportPage } from './report-page.js';
export { settingFigures, sweepFigures } from './sweep-figures.js';
