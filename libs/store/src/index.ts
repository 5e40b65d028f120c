export { CLAIM_MS } from './claims.js';
export { createStore, type StoreOptions } from './create-store.js';
export { isDatabaseAway } from './database-error.js';
export { redactUrl } from './database-url.js';
export type { EmbeddedPostgres } from './embedded/running-server.js';
export { startEmbeddedPostgres } from './embedded/start-embedded-postgres.js';
export type * from './store.js';
