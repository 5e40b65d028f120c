export type * from './explainer.js';
