import { z } from 'zod';

/** A JSON Schema (draft 2020-12) as JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Every text except those with NUL, which Postgres cannot store. */
const STORABLE = String.raw`^[^\u0000]*$`;

/**
 * The JSON Schema of a part of a request. Objects take only the keys that they name, texts every character that can be stored.
 */
export function requestJsonSchema(schema: z.ZodType): JsonSchema {
  return jsonSchemaOf(schema, ({ jsonSchema }) => {
    // What TypeScript may not change, a request may well send.
    delete jsonSchema.readOnly;
    if (jsonSchema.type === 'object' && jsonSchema.properties !== undefined) jsonSchema.additionalProperties ??= false;
    if (jsonSchema.type !== 'string' || jsonSchema.format === 'binary') return;
    if (jsonSchema.enum === undefined && jsonSchema.const === undefined) jsonSchema.pattern ??= STORABLE;
  });
}

/** The JSON Schema of an answer as it is sent, which is the input of its schema. */
export function answerJsonSchema(schema: z.ZodType): JsonSchema {
  return jsonSchemaOf(schema);
}

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

function jsonSchemaOf(schema: z.ZodType, override?: Override): JsonSchema {
  const options = { io: 'input', unrepresentable: 'any', ...(override === undefined ? {} : { override }) } as const;
  const result = new Map(Object.entries(z.toJSONSchema(schema, options)));
  for (const key of ['$schema', '$defs']) result.delete(key);
  return withoutLocalReferences(Object.fromEntries(result));
}

/**
 * The only schema that refers to itself is "any JSON value". The result becomes part of another document, where the reference
 * would lead nowhere. `{}` means the same.
 */
function withoutLocalReferences(value: JsonSchema): JsonSchema {
  if (typeof value.$ref === 'string' && value.$ref.startsWith('#/$defs/')) return {};
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, convert(part)]));
}

function convert(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(convert);
  return isJsonSchema(part) ? withoutLocalReferences(part) : part;
}

/** All alternatives that a schema allows at a place. */
export function alternativesAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema[] {
  const options = alternativesOf(schema);
  const [key, ...rest] = path;
  if (key === undefined) return options;
  return options.flatMap((option) => {
    const { items, additionalProperties } = option;
    const next = typeof key === 'number' ? items : (propertiesOf(option)[String(key)] ?? additionalProperties);
    return isJsonSchema(next) ? alternativesAt(next, rest) : [];
  });
}

export function propertiesOf({ properties }: JsonSchema): JsonSchema {
  return isJsonSchema(properties) ? properties : {};
}

function alternativesOf(schema: JsonSchema): JsonSchema[] {
  const options = schema.anyOf ?? schema.oneOf;
  return Array.isArray(options) ? options.filter(isJsonSchema).flatMap(alternativesOf) : [schema];
}

export function isJsonSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
