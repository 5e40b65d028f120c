export { createHttpControl, type HttpControlOptions } from './http-control.js';
export type { MapsOfRange, PredictionsOfRange, RunControl } from './run-control.js';
