import { XaigridError } from '@xaigrid/contracts';
import type { FastifyTypeProvider } from 'fastify';
import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import { z } from 'zod';
import { complaintsOf, sentenceOf } from './check-part.js';

/** The types of requests and answers, from the zod schemas of a route. */
export interface ZodTypeProvider extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
  serializer: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
}

/** Checks an answer before it is sent, and writes it as JSON: clients get what the API describes. */
export const zodSerializerCompiler: FastifySerializerCompiler<unknown> = ({ schema, method, url }) => {
  if (!(schema instanceof z.ZodType)) throw new TypeError(`The schema of the answer to ${method} ${url} is not a zod schema.`);
  return (data: unknown) => {
    const result = z.safeEncode(schema, data);
    if (result.success) return JSON.stringify(result.data);
    const complaints = result.error.issues.flatMap((issue) => complaintsOf(issue, []));
    throw new XaigridError('INTERNAL', `The answer to ${method} ${url} does not fit its schema: ${sentenceOf(complaints)}`);
  };
};
