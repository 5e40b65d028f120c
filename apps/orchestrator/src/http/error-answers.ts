import { toXaigridError, XaigridError, type ErrorCode } from '@xaigrid/contracts';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { HttpApp } from './http-app.js';

/** Turns every error into `{error: {code, message}}`, without stack traces and without paths of this machine. */
export function answerErrors(app: HttpApp): void {
  app.setErrorHandler((error, request, reply) => answer(error, request, reply));
}

/** Answers a request with an error. */
export function answer(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { report, status } = describe(error);
  const { code } = report;
  if (status >= 500) request.log.error({ err: error, code }, 'request failed');
  const message =
    code === 'INTERNAL' || code === 'SYSTEM_FAILED' || code === 'DATABASE_FAILED'
      ? `Something is wrong inside the orchestrator; its log says more under request ${request.id}.`
      : withoutPaths(report.message);
  return sendError(reply, status, { code, message });
}

/** Sends an error. It is serialized here, because the schemas of the route describe other answers. */
export function sendError(
  reply: FastifyReply,
  status: number,
  error: { readonly code: ErrorCode; readonly message: string },
): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send({ error });
}

function describe(error: unknown): { readonly report: XaigridError; readonly status: number } {
  if (!(error instanceof XaigridError) && isFastifyError(error) && error.statusCode !== undefined && error.statusCode < 500) {
    const code = error.statusCode === 429 ? 'RATE_LIMITED' : 'REQUEST_INVALID';
    return { report: new XaigridError(code, plainly(error), { cause: error }), status: error.statusCode };
  }
  const report = toXaigridError(error);
  return { report, status: report.httpStatus };
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}

/** Our sentences for Fastify's own refusals. */
const sentences: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE:
    'The body is too large: a plan may have 32 MiB, any other body 4 MiB. Upload files as artifacts and refer to them by hash.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'This route does not accept a body of this type. /openapi.json lists the types.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty, but its type is application/json. Leave out the type, or send JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
};

function plainly(error: FastifyError): string {
  if (error instanceof SyntaxError) return 'The body is not valid JSON.';
  return sentences[error.code] ?? `${error.message.replace(/\.$/, '')}.`;
}

/** Replaces every absolute path by its last part: clients must not learn about folders of the server. */
export function withoutPaths(message: string): string {
  return message
    .replace(/(?<![\w:/.~])(?:file:\/\/)?\/(?!v1\/)(?:[^\s/"'`,;:()]+\/)+([^\s/"'`,;:()]*)/g, '$1')
    .replace(/\b[A-Za-z]:\\(?:[^\s\\"'`]+\\)+/g, '');
}
