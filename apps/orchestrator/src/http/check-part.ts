import { alternativesAt, didYouMean, propertiesOf, requestJsonSchema, XaigridError, type JsonSchema } from '@xaigrid/contracts';
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';

/** Postgres cannot store NUL, and half of a surrogate pair is not a character. */
const UNSTORABLE = 'a character that cannot be stored (U+0000, or half of a surrogate pair)';

/**
 * The most levels of nesting in a body. Specs and plans have about ten. Code that walks through a value with 100,000 levels would
 * overflow the stack.
 */
const DEEPEST = 100;

const partNames: Readonly<Record<string, string>> = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' };

type Path = readonly PropertyKey[];

/**
 * Checks a part of a request. Mistakes become one sentence in a REQUEST_INVALID error. Keys that the schema does not know are
 * mistakes too: if they were ignored, the client would get an answer to another question.
 */
export const zodValidatorCompiler: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  const part = partNames[httpPart ?? ''] ?? 'request';
  if (!(schema instanceof z.ZodType)) throw new TypeError(`The schema of the ${part} is not a zod schema.`);
  const described = requestJsonSchema(schema);
  return (data: unknown) => {
    const refusal = (complaints: readonly Complaint[]) => ({
      error: new XaigridError('REQUEST_INVALID', `The ${part} is not usable: ${sentenceOf(complaints)}`),
    });
    const unusable = [...unusableParts(data)];
    if (unusable.length > 0) return refusal(unusable);
    const result = schema.safeParse(data, { reportInput: true });
    if (!result.success) return refusal(result.error.issues.flatMap((issue) => complaintsOf(issue, [], described)));
    const unknown = [...unknownKeys(data, result.data, described)];
    return unknown.length > 0 ? refusal(unknown) : { value: result.data };
  };
};

interface Complaint {
  readonly path: Path;
  readonly message: string;
}

/** The first three complaints in one sentence, each with its place. */
export function sentenceOf(complaints: readonly Complaint[]): string {
  const said = complaints
    .slice(0, 3)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`));
  const more = complaints.length > 3 ? ` and ${complaints.length - 3} more` : '';
  const text = `${said.join('; ')}${more}`;
  return /[.?]$/.test(text) ? text : `${text}.`;
}

/** What a schema complains about in data that do not fit. */
export function complaintsOf(issue: z.core.$ZodIssue, parents: Path, described?: JsonSchema): Complaint[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0)
    return nearest(issue, described === undefined ? [] : alternativesAt(described, path)).flatMap((each) =>
      complaintsOf(each, path, described),
    );
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, described));
  if (issue.code === 'invalid_value') return [{ path, message: noneOf(issue) }];
  return [{ path, message: plainly(issue.message) }];
}

/**
 * Among alternatives, the complaints of the closest one: the one that knows most of the keys, or that the data follow deepest.
 */
function nearest(
  { input, errors }: z.core.$ZodIssueInvalidUnion,
  alternatives: readonly JsonSchema[],
): readonly z.core.$ZodIssue[] {
  const keys = isPlainObject(input) ? Object.keys(input) : [];
  const rated = errors.map((issues, index) => ({
    issues,
    known: keys.filter((key) => Object.hasOwn(propertiesOf(alternatives[index] ?? {}), key)).length,
    depth: Math.max(...issues.map(({ path }) => path.length)),
  }));
  const [first] = rated.toSorted((a, b) => b.known - a.known || b.depth - a.depth || a.issues.length - b.issues.length);
  return first?.issues ?? [];
}

function plainly(message: string): string {
  return message.replace(/^Invalid input: /, '').replace(/\.$/, '');
}

function noneOf({ input, values, message }: z.core.$ZodIssueInvalidValue): string {
  const words = values.filter((value) => typeof value === 'string');
  const isOurs = !message.startsWith('Invalid ');
  if (isOurs || typeof input !== 'string' || words.length < values.length) return plainly(message);
  return `${JSON.stringify(input)} is none of ${words.join(', ')}.${didYouMean(input, words)}`.replace(/\.$/, '');
}

/** Keys that the schema ignored: those of the data that are missing in the parsed result. */
function* unknownKeys(data: unknown, parsed: unknown, described: JsonSchema, path: Path = []): Generator<Complaint> {
  if (Array.isArray(data) && Array.isArray(parsed)) {
    for (const [index, item] of data.entries()) yield* unknownKeys(item, parsed[index], described, [...path, index]);
  } else if (isPlainObject(data) && isPlainObject(parsed)) {
    for (const [key, value] of Object.entries(data)) {
      if (Object.hasOwn(parsed, key)) yield* unknownKeys(value, parsed[key], described, [...path, key]);
      else yield unknownKey(path, key, described);
    }
  }
}

function unknownKey(path: Path, key: string, described?: JsonSchema): Complaint {
  const alternatives = described === undefined ? [] : alternativesAt(described, path);
  const known = [...new Set(alternatives.flatMap((alternative) => Object.keys(propertiesOf(alternative))))];
  const there = known.length === 0 ? ' Nothing is taken there' : ` There are: ${known.join(', ')}`;
  return { path, message: `there is no ${JSON.stringify(key)}.${didYouMean(key, known) || there}` };
}

/** Parts that no request may have anywhere. */
function* unusableParts(data: unknown, path: Path = []): Generator<Complaint> {
  if (typeof data === 'string') {
    if (!isStorable(data)) yield { path, message: `it has ${UNSTORABLE}` };
  } else if (path.length >= DEEPEST) {
    yield { path: path.slice(0, 3), message: `it is nested more than ${DEEPEST} levels deep` };
  } else if (Array.isArray(data)) {
    for (const [index, item] of data.entries()) yield* unusableParts(item, [...path, index]);
  } else if (isPlainObject(data)) {
    for (const [key, value] of Object.entries(data)) {
      if (!isStorable(key)) yield { path, message: `a key has ${UNSTORABLE}` };
      if (changesPrototypes(key, value)) yield { path, message: `no object here may have the key ${JSON.stringify(key)}` };
      yield* unusableParts(value, [...path, key]);
    }
  }
}

function isStorable(text: string): boolean {
  // With this flag, complete pairs do not match the expression.
  return !/[\0\p{Surrogate}]/u.test(text);
}

/** Whether some code would take a key for the object's prototype or constructor. */
function changesPrototypes(key: string, value: unknown): boolean {
  return key === '__proto__' || (key === 'constructor' && isPlainObject(value) && Object.hasOwn(value, 'prototype'));
}

/** Whether this is an object from JSON or a query. A body that is passed on unparsed is none. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
