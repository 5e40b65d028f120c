import type { Operation, PartOf } from '@xaigrid/contracts';
import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { HttpApp } from './http-app.js';

/** What a handler gets: the parts of the request as the operation's schemas read them. */
export interface Asked<Op extends Operation> {
  readonly params: PartOf<Op['params']>;
  readonly query: PartOf<Op['query']>;
  readonly body: PartOf<Op['body']>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The operation's answer, or a reply that was sent. */
type Answered<Op extends Operation> = Op['answer'] extends z.ZodType ? z.output<Op['answer']> | FastifyReply : FastifyReply;

interface RouteOptions {
  readonly bodyLimit?: number;
  readonly config?: FastifyContextConfig;
}

/** The route of an operation: path, checks and description are the operation's. An answer has its first status unless the handler says another. */
export function serveOperation<const Op extends Operation>(
  app: HttpApp,
  operation: Op,
  handle: (asked: Asked<Op>) => Promise<Answered<Op>> | Answered<Op>,
  options: RouteOptions = {},
): void {
  const { id, method, path, tags, summary, description, params, query, body, answer, statuses = [200], open } = operation;
  const [status = 200] = statuses;
  app.route({
    ...{ method, url: path },
    ...options,
    ...(open === true ? { config: { ...options.config, open: true, rateLimit: false } } : {}),
    schema: {
      ...{ operationId: id, tags: [...tags], summary },
      ...(description === undefined ? {} : { description }),
      ...(open === true ? { security: [] } : {}),
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
      response: Object.fromEntries(statuses.map((one) => [one, answer])),
    },
    handler: async (request, reply) => {
      // Read by the schemas above before it comes here.
      const parts: unknown = { params: request.params, query: request.query, body: request.body };
      if (status !== 200) void reply.code(status);
      return handle({ ...(parts as Pick<Asked<Op>, 'params' | 'query' | 'body'>), request, reply });
    },
  });
}
