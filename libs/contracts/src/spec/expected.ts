import { z } from 'zod';

type Allowed = z.core.JSONSchema.BaseSchema;

/** What a schema allows at one place, for messages. */
export interface Expected {
  /** All of it in words: `"zero", "mean", a number, { blur: a number } or a list`. */
  readonly text: string;
  /** The allowed texts, and the keys of allowed objects with one key: what a mistyped text may have meant. */
  readonly texts: readonly string[];
  readonly objects: ReadonlyMap<string, string>;
  /** The keys of all allowed objects. */
  readonly keys: readonly string[];
}

/** What `schema` allows at `path`. Undefined if it says nothing about that place. */
export function expectedAt(schema: z.ZodType, path: readonly PropertyKey[]): Expected | undefined {
  const root: Allowed = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const alternatives = alternativesOf(root, inside(root, root, path));
  if (alternatives.length === 0) return undefined;
  const texts = alternatives.flatMap(({ const: only, enum: values = [] }) =>
    [...values, ...(only === undefined ? [] : [only])].filter((value) => typeof value === 'string'),
  );
  const objects = alternatives.flatMap((alternative): [string, string][] => {
    const [key, ...others] = Object.keys(alternative.properties ?? {});
    return key === undefined || others.length > 0 ? [] : [[key, joined(described(root, alternative))]];
  });
  const keys = [...new Set(alternatives.flatMap(({ properties = {} }) => Object.keys(properties)))];
  const all = [...new Set(alternatives.flatMap((alternative) => described(root, alternative)))];
  return { text: joined(all), texts, objects: new Map(objects), keys };
}

/** The schema at `path`. Among alternatives, the first one that has such a place. */
function inside(root: Allowed, schema: Allowed | undefined, path: readonly PropertyKey[]): Allowed | undefined {
  const [key, ...rest] = path;
  if (key === undefined || schema === undefined) return schema;
  for (const alternative of alternativesOf(root, schema)) {
    const { prefixItems, items, properties, additionalProperties } = alternative;
    const next = typeof key === 'number' ? (prefixItems?.[key] ?? items) : (properties?.[String(key)] ?? additionalProperties);
    const found = inside(root, isSchema(next) ? next : undefined, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSchema(value: unknown): value is Allowed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Follows references and opens unions, by one level. */
function alternativesOf(root: Allowed, schema: Allowed | undefined): Allowed[] {
  if (schema === undefined) return [];
  const own = resolved(root, schema);
  const options = own.anyOf ?? own.oneOf;
  return options === undefined ? [own] : options.filter(isSchema).flatMap((option) => alternativesOf(root, option));
}

function resolved(root: Allowed, schema: Allowed): Allowed {
  if (schema.$ref === undefined) return schema;
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref)?.[1];
  return (name === undefined ? undefined : root.$defs?.[name]) ?? {};
}

function described(root: Allowed, allowed: Allowed): string[] {
  if (allowed.const !== undefined) return [JSON.stringify(allowed.const)];
  return allowed.enum?.map((value) => JSON.stringify(value)) ?? [describedType(root, allowed)];
}

const typeNames: Readonly<Record<string, string>> = {
  ...{ integer: 'a whole number', number: 'a number', string: 'text', boolean: 'true or false', array: 'a list' },
  ...{ object: 'an object', null: 'null' },
};

function describedType(root: Allowed, { type, properties, ...range }: Allowed): string {
  if (Array.isArray(type)) return joined(type.flatMap((one) => described(root, { ...range, type: one })));
  if (type === 'object' && properties !== undefined) return describedObject(root, properties);
  const name = typeNames[String(type)] ?? 'something else';
  return type === 'integer' || type === 'number' ? `${name}${rangeOf(range)}` : name;
}

function describedObject(root: Allowed, properties: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(properties).map(([key, value]) => {
    const options = isSchema(value) ? alternativesOf(root, value) : [];
    return `${key}: ${joined(options.flatMap((option) => described(root, option)))}`;
  });
  return `{ ${parts.join(', ')} }`;
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: Allowed): string {
  const lowest = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const highest = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  const above = exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`;
  if (lowest !== undefined) return highest === undefined ? ` from ${lowest} on` : ` from ${lowest} to ${highest}`;
  return highest === undefined ? above : `${above} up to ${highest}`;
}

function joined(texts: readonly string[]): string {
  const last = texts.at(-1) ?? '';
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(', ')} or ${last}`;
}
