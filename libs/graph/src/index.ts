export type * from './graph.js';
export type * from './model.js';
