export { CLAIM_MS } from './claims.js';
export { createStore, type StoreOptions } from './create-store.js';
export { isDatabaseAway } from './database-error.js';
export { redactUrl } from './database-url.js';
export { embeddedPostgresState, type EmbeddedState } from './embedded/embedded-state.js';
export type { EmbeddedPostgres } from './embedded/running-server.js';
export { startEmbeddedPostgres } from './embedded/start-embedded-postgres.js';
export { makeStoreFolder } from './embedded/store-folder.js';
export type * from './store.js';
