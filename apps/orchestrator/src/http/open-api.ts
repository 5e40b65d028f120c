import { XAIGRID_VERSION, errorAnswerSchema } from '@xaigrid/contracts';
import swagger, { type SwaggerTransform } from '@fastify/swagger';
import { z } from 'zod';
import type { HttpApp } from './http-app.js';

type Json = Record<string, unknown>;

/** Describes all routes added after it at /openapi.json (OpenAPI 3.1), from the schemas that check them. */
export async function describeApi(app: HttpApp, options: { readonly token: boolean }): Promise<void> {
  const security = options.token ? [{ bearer: [] }] : [];
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'xaigrid orchestrator',
        version: XAIGRID_VERSION,
        description: 'Starts evaluations of explanations of neural networks, follows them and answers with their results.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security,
    },
    transform,
    exposeHeadRoutes: true,
  });
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(app.swagger()));
}

const transform: SwaggerTransform = ({ schema, url }) => {
  const { body, querystring, params, response, ...rest } = schema as Json & { response?: Json };
  return {
    url,
    schema: {
      ...rest,
      ...(body === undefined ? {} : { body: described(body) }),
      ...(querystring === undefined ? {} : { querystring: described(querystring) }),
      ...(params === undefined ? {} : { params: described(params) }),
      ...(response === undefined
        ? {}
        : {
            response: {
              ...Object.fromEntries(Object.entries(response).map(([status, value]) => [status, described(value)])),
              default: { description: 'What went wrong.', content: { 'application/json': { schema: errorSchema } } },
            },
          }),
    },
  };
};

/** A schema, or schemas by media type, as JSON Schema. */
function described(value: unknown): Json {
  if (value instanceof z.ZodType) return jsonSchemaOf(value);
  if (!isJson(value) || !isJson(value.content)) throw new TypeError('A route has a schema that is not a zod schema.');
  const content = Object.entries(value.content).map(([type, media]) => [
    type,
    { schema: described(isJson(media) ? media.schema : undefined) },
  ]);
  return { ...value, content: Object.fromEntries(content) };
}

/** What travels: the input of a request's schema, and of an answer's, which is written backwards from its output. */
function jsonSchemaOf(schema: z.ZodType): Json {
  const result = new Map(Object.entries(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })));
  for (const key of ['$schema', '$defs']) result.delete(key);
  return withoutLocalReferences(Object.fromEntries(result));
}

/**
 * The only schema that refers to itself is "any JSON value". Its definition would stand inside another document here, where
 * no reference leads, and `{}` says the same.
 */
function withoutLocalReferences(value: Json): Json {
  if (typeof value.$ref === 'string' && value.$ref.startsWith('#/$defs/')) return {};
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, convert(part)]));
}

function convert(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(convert);
  return isJson(part) ? withoutLocalReferences(part) : part;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const errorSchema = jsonSchemaOf(errorAnswerSchema);
