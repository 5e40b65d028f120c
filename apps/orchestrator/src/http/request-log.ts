import type { HttpApp } from './http-app.js';

/**
 * One log line a request: what changes something as `info`, what only reads as `debug`. The route stands for the URL, whose
 * query may hold what is nobody's business.
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
