import type { HttpApp } from './http-app.js';

/**
 * Logs one line per request: `info` for requests that change something, `debug` for requests that only read. It logs the route
 * instead of the URL, whose query may contain private data.
 */
export function logRequests(app: HttpApp): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const fields = {
      method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    request.log[method === 'GET' || method === 'HEAD' ? 'debug' : 'info'](fields, 'request');
    done();
  });
}
