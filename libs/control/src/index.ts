export { createHttpControl, type HttpControlOptions } from './http-control.js';
export type { MapsOfRange, RunControl } from './run-control.js';
