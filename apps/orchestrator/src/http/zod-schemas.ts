import { XaigridError } from '@xaigrid/contracts';
import type { FastifySchemaCompiler, FastifyTypeProvider } from 'fastify';
import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import { z } from 'zod';

/** Types of requests and answers from the zod schemas of a route. */
export interface ZodTypeProvider extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
  serializer: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
}

const partNames: Readonly<Record<string, string>> = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' };

/** Checks a part of a request; what is wrong becomes one sentence in a REQUEST_INVALID. */
export const zodValidatorCompiler: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  const part = partNames[httpPart ?? ''] ?? 'request';
  if (!(schema instanceof z.ZodType)) throw new TypeError(`The schema of the ${part} is not a zod schema.`);
  return (data: unknown) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    return { error: new XaigridError('REQUEST_INVALID', `The ${part} is not usable: ${sentenceOf(result.error)}`) };
  };
};

/** Checks an answer before it leaves, and writes it as JSON: what the API describes is what clients get. */
export const zodSerializerCompiler: FastifySerializerCompiler<unknown> = ({ schema, method, url }) => {
  if (!(schema instanceof z.ZodType)) throw new TypeError(`The schema of the answer to ${method} ${url} is not a zod schema.`);
  return (data: unknown) => {
    const result = z.safeEncode(schema, data);
    if (result.success) return JSON.stringify(result.data);
    throw new XaigridError('INTERNAL', `The answer to ${method} ${url} does not fit its schema: ${sentenceOf(result.error)}`);
  };
};

/** The first three of a schema's complaints, each with its place. */
function sentenceOf(error: z.ZodError): string {
  const issues = error.issues.flatMap((issue) => nearestIssues(issue, []));
  const said = issues.slice(0, 3).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = issues.length > 3 ? ` and ${issues.length - 3} more` : '';
  return `${said.join('; ').replace(/\.$/, '')}${more}.`;
}

interface PlacedIssue {
  readonly path: string;
  readonly message: string;
}

/** An issue as it reads to whoever wrote the request: of alternatives, the one that was nearly met. */
function nearestIssues(issue: z.core.$ZodIssue, parents: readonly PropertyKey[]): PlacedIssue[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(...issues.map((each) => each.path.length));
    const unknownKeys = (issues: readonly z.core.$ZodIssue[]): number =>
      issues.filter(({ code }) => code === 'unrecognized_keys').length;
    const [nearest = []] = issue.errors.toSorted(
      (a, b) => unknownKeys(a) - unknownKeys(b) || depth(b) - depth(a) || a.length - b.length,
    );
    return nearest.flatMap((each) => nearestIssues(each, path));
  }
  return [{ path: path.map(String).join('.'), message: issue.message.replace(/^Invalid input: /, '').replace(/\.$/, '') }];
}
