export type * from './work-queue.js';
