export { chooseSamples, type ChosenSamples, type SampleScores } from './choose-samples.js';
export { galleryPanels, pictureLimits, type GallerySample, type PictureLimits } from './gallery-panels.js';
export type { GalleryGroup, GalleryPart, ModelPart, PageTable, ReportData } from './page-data.js';
export { pageStart, reportPage } from './report-page.js';
export { sweepFigures } from './sweep-figures.js';
