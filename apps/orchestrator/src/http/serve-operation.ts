import type { Operation, PartOf } from '@xaigrid/contracts';
import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { HttpApp } from './http-app.js';

/** What a handler gets: the parts of the request, parsed by the operation's schemas. */
export interface Asked<Op extends Operation> {
  readonly params: PartOf<Op['params']>;
  readonly query: PartOf<Op['query']>;
  readonly body: PartOf<Op['body']>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The operation's answer, or a reply that was sent already. */
type Answered<Op extends Operation> = Op['answer'] extends z.ZodType ? z.output<Op['answer']> | FastifyReply : FastifyReply;

interface RouteOptions {
  readonly bodyLimit?: number;
  readonly config?: FastifyContextConfig;
}

/**
 * Adds the route of an operation. Path, checks and description come from the operation. An answer has the operation's first
 * status unless the handler sets another.
 */
export function serveOperation<const Op extends Operation>(
  app: HttpApp,
  operation: Op,
  handle: (asked: Asked<Op>) => Promise<Answered<Op>> | Answered<Op>,
  options: RouteOptions = {},
): void {
  const {
    id,
    method,
    path,
    tags,
    summary,
    description,
    params,
    query,
    body,
    answer,
    statuses = [200],
    open,
    onlyReads,
  } = operation;
  const [status = 200] = statuses;
  app.route({
    ...{ method, url: path },
    ...options,
    config: {
      ...options.config,
      ...(open === true ? { open: true, rateLimit: false } : {}),
      ...(onlyReads === true ? { onlyReads } : {}),
    },
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
      // Parsed by the schemas above before it comes here.
      const parts: unknown = { params: request.params, query: request.query, body: request.body };
      if (status !== 200) void reply.code(status);
      return handle({ ...(parts as Pick<Asked<Op>, 'params' | 'query' | 'body'>), request, reply });
    },
  });
}
