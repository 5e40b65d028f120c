import {
  answerJsonSchema,
  errorAnswerSchema,
  isJsonSchema,
  requestJsonSchema,
  XAIGRID_VERSION,
  type JsonSchema,
} from '@xaigrid/contracts';
import swagger, { type SwaggerTransform } from '@fastify/swagger';
import { z } from 'zod';
import type { HttpApp } from './http-app.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether a HEAD is more than a GET without its body. */
    readonly onlyHead?: boolean;
  }
}

type Json = Record<string, unknown>;

/** Describes all routes that are added after it at /openapi.json (OpenAPI 3.1), from the schemas that check them. */
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
    transformObject: (document) => {
      if (!('openapiObject' in document)) return document.swaggerObject;
      markOptionalBodies(document.openapiObject);
      return document.openapiObject;
    },
    exposeHeadRoutes: true,
  });
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(app.swagger()));
}

const transform: SwaggerTransform = ({ schema, url, route }) => {
  const { body, querystring, params, response, ...rest } = schema as Json & { response?: Json };
  const isHead = route.method === 'HEAD';
  return {
    url,
    schema: {
      ...rest,
      ...(isHead && route.config?.onlyHead !== true ? { summary: 'What GET answers here, without the body.' } : {}),
      ...(body === undefined ? {} : { body: { ...described(body, requestJsonSchema), ...optionalMark(body) } }),
      ...(querystring === undefined ? {} : { querystring: described(querystring, requestJsonSchema) }),
      ...(params === undefined ? {} : { params: described(params, requestJsonSchema) }),
      ...(response === undefined ? {} : { response: isHead ? withoutBodies(response) : withErrors(response) }),
    },
  };
};

const OPTIONAL = 'x-optional';

/** Marks optional bodies: the plugin takes every body for required. */
function optionalMark(body: unknown): Json {
  return body instanceof z.ZodType && body.safeParse(undefined).success ? { [OPTIONAL]: true } : {};
}

function markOptionalBodies({ paths = {} }: { readonly paths?: object }): void {
  for (const operations of Object.values(paths)) {
    for (const operation of Object.values(isJson(operations) ? operations : {})) {
      const requestBody = isJson(operation) ? operation.requestBody : undefined;
      if (!isJson(requestBody) || !isJson(requestBody.content)) continue;
      for (const media of Object.values(requestBody.content)) {
        if (!isJson(media) || !isJson(media.schema) || !(OPTIONAL in media.schema)) continue;
        Reflect.deleteProperty(media.schema, OPTIONAL);
        Reflect.set(requestBody, 'required', false);
      }
    }
  }
}

function withErrors(response: Json): Json {
  return {
    ...Object.fromEntries(Object.entries(response).map(([status, value]) => [status, described(value, answerJsonSchema)])),
    default: { description: 'What went wrong.', content: { 'application/json': { schema: errorSchema } } },
  };
}

/** The answers to HEAD: the headers without bodies. */
function withoutBodies(response: Json): Json {
  const answers = new Map<string, Json>([['default', { description: 'What went wrong; GET says what.', type: 'null' }]]);
  for (const status of Object.keys(response)) answers.set(status, { description: 'As GET answers.', type: 'null' });
  return Object.fromEntries(answers);
}

/** A schema, or schemas by media type, as JSON Schema. */
function described(value: unknown, convert: (schema: z.ZodType) => JsonSchema): Json {
  if (value instanceof z.ZodType) return { ...convert(value) };
  if (!isJson(value) || !isJson(value.content)) throw new TypeError('A route has a schema that is not a zod schema.');
  const content = Object.entries(value.content).map(([type, media]) => [
    type,
    { schema: described(isJson(media) ? media.schema : undefined, convert) },
  ]);
  return { ...value, content: Object.fromEntries(content) };
}

function isJson(value: unknown): value is Json {
  return isJsonSchema(value);
}

const errorSchema = { ...answerJsonSchema(errorAnswerSchema) };
