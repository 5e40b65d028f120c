export { createHttpServer, type HttpServerOptions } from './http/create-server.js';
export type { HttpApp } from './http/http-app.js';
export { createStoreMetrics } from './http/store-metrics.js';
