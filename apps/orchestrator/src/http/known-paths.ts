import { sendError } from './error-answers.js';
import type { HttpApp } from './http-app.js';
import { opensUnknownPage, sendDocument, type PageFiles } from './page.js';

/**
 * Answers requests that no route takes: 405 with `Allow` if the path exists with other methods, otherwise 404. It acts before a
 * body is read; otherwise the body's type or size would be reported instead. A browser gets the page, which says the same. It applies to routes that are added after it, and
 * must be added after the access guard.
 */
export function answerUnknownRoutes(app: HttpApp, page: PageFiles): void {
  const methodsOf = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    methodsOf.set(url, methods);
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) {
      done();
      return;
    }
    const { method } = request;
    const { pathname } = new URL(request.url, 'http://localhost');
    const [, methods] = [...methodsOf].find(([pattern]) => fits(pattern, pathname)) ?? [];
    if (methods === undefined && opensUnknownPage(request)) {
      sendDocument(reply.code(404), page);
      return;
    }
    if (methods === undefined) {
      const message = `There is no ${method} ${pathname}. /openapi.json lists all routes.`;
      sendError(reply, 404, { code: 'ROUTE_NOT_FOUND', message });
      return;
    }
    const allowed = [...methods].toSorted().join(', ');
    const message = `${pathname} does not accept ${method}, only ${allowed}.`;
    sendError(reply.header('allow', allowed), 405, { code: 'METHOD_NOT_ALLOWED', message });
  });
}

/** Whether a path matches that of a route, such as `/v1/runs/:id`. */
function fits(pattern: string, pathname: string): boolean {
  const wanted = pattern.split('/');
  const given = pathname.split('/');
  return (
    wanted.length === given.length && wanted.every((part, at) => (part.startsWith(':') ? given[at] !== '' : part === given[at]))
  );
}
