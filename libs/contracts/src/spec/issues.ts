import type { z } from 'zod';
import { XaigridError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import type { Path } from './document.js';
import { expectedAt } from './expected.js';
import { belonging } from './misplaced-keys.js';
import type { SpecRegistries } from './spec.js';

/** One mistake in a spec, and where it is. */
export interface SpecIssue {
  readonly path: Path;
  readonly message: string;
}

/** What `check` needs to write good messages. */
export interface CheckOptions {
  readonly schema: z.ZodType;
  /** The place of the value in the spec. */
  readonly prefix: Path;
  /** The known keys of the object at a path, for suggestions. */
  readonly keysAt: (path: Path) => readonly string[];
  /** The keys that methods, metrics and data sets know, to say where a misplaced key belongs. */
  readonly registries: SpecRegistries;
}

/** Checks a part of a spec. Mistakes are added to `issues`, in our words. */
export function check<Output>(
  value: unknown,
  schema: z.ZodType<Output>,
  options: Omit<CheckOptions, 'schema'>,
): { readonly data: Output } | { readonly issues: SpecIssue[] } {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { data: result.data };
  return { issues: withoutSequels(result.error.issues).flatMap((issue) => issuesOf(issue, [], { ...options, schema })) };
}

type ZodIssue = z.core.$ZodIssue;

/** Drops issues that only follow from a wrong type, such as "too short". */
function withoutSequels(issues: readonly ZodIssue[]): ZodIssue[] {
  const placeOf = ({ path }: ZodIssue): string => JSON.stringify(path.map(String));
  const ofAnotherType = new Set(issues.filter(({ code }) => code === 'invalid_type').map(placeOf));
  return issues.filter((issue) => issue.code === 'invalid_type' || !ofAnotherType.has(placeOf(issue)));
}

function issuesOf(issue: ZodIssue, parents: readonly PropertyKey[], options: CheckOptions): SpecIssue[] {
  const inSchema = [...parents, ...issue.path];
  const path: Path = [...options.prefix, ...inSchema.map((key) => (typeof key === 'number' ? key : String(key)))];
  if (issue.code === 'unrecognized_keys') {
    const own = options.keysAt(path);
    const known = own.length > 0 ? own : (expectedAt(options.schema, inSchema)?.keys ?? []);
    const list = known.length > 0 ? ` Known keys: ${known.join(', ')}.` : '';
    return issue.keys.map((key) => {
      const wayOut = `${belonging(key, path, options.registries)}${didYouMean(key, known)}`;
      return { path: [...path, key], message: `unknown key "${key}".${wayOut || list}` };
    });
  }
  if (issue.code === 'invalid_union') {
    const meant = meantOption(issue);
    if (meant !== undefined) return meant.flatMap((each) => issuesOf(each, inSchema, options));
  }
  if (issue.code === 'invalid_key') return [{ path, message: keyMessage(String(issue.path.at(-1)), issue) }];
  const { prefix, schema } = options;
  const alone = prefix.length > 0 ? whereItStandsAlone(issue.input, inSchema, schema) : undefined;
  if (alone !== undefined) {
    // The list itself is the mistake: it is reported once, whatever its length.
    const message = `expected ${alone.text}, not a list of several.${wayToSeveral(String(inSchema.at(-2)), prefix)}`;
    return [{ path: path.slice(0, -1), message }];
  }
  const expected = expectedAt(schema, inSchema);
  const several = Array.isArray(issue.input) && issue.input.length > 1 && expected?.text.includes('a list') === false;
  const wayOut = prefix.length > 0 && several ? wayToSeveral(String(inSchema.at(-1)), prefix) : '';
  return [{ path, message: `${plainly(issue, expected)}${wayOut}` }];
}

/** What is allowed instead of a list, if an item of the list is one of the allowed texts: for `[zero, mean]`, where `zero` is. */
function whereItStandsAlone(input: unknown, inSchema: readonly PropertyKey[], schema: z.ZodType): Expectation {
  if (typeof inSchema.at(-1) !== 'number' || typeof input !== 'string') return undefined;
  const expected = expectedAt(schema, inSchema.slice(0, -1));
  return expected?.texts.includes(input) === true ? expected : undefined;
}

/** How to give several values where an entry takes one. */
function wayToSeveral(key: string, prefix: Path): string {
  const grid = prefix.includes('explainers') ? `, or grid: { ${key}: […] }` : '';
  return ` An entry has one ${key}. For several, write one entry for each${grid}.`;
}

/** The issues of the one alternative that has the value's type. Undefined if no alternative or several have it. */
function meantOption({ errors }: Extract<ZodIssue, { code: 'invalid_union' }>): readonly ZodIssue[] | undefined {
  const ofItsType = errors.filter((issues) =>
    issues.every(({ code, path }) => path.length > 0 || (code !== 'invalid_type' && code !== 'invalid_value')),
  );
  return ofItsType.length === 1 ? ofItsType[0] : undefined;
}

/** What is wrong with the name of a data set or model (names are keys), and a name that would be right. */
function keyMessage(key: string, { issues }: Extract<ZodIssue, { code: 'invalid_key' }>): string {
  const proper = key
    .replace(/[^A-Za-z0-9._ -]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100);
  const example = proper === '' || proper === key ? '' : `, for example "${proper}"`;
  return `"${key}" cannot be a name: it ${issues[0]?.message ?? 'has another form'}${example}.`;
}

type Expectation = ReturnType<typeof expectedAt>;

function plainly(issue: ZodIssue, expected: Expectation): string {
  const { input } = issue;
  if (issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union') {
    const wanted = expected?.text ?? 'something else';
    // Only a missing key has no input.
    if (input === undefined && issue.message.includes('received undefined')) return `is missing; expected ${wanted}.`;
    const listed = wanted === 'a list' && typeof input === 'string' ? ` A list of one is written [${input}].` : '';
    return `expected ${wanted}${found(input)}.${listed}${suggestion(input, expected)}`;
  }
  if (issue.code === 'too_small') {
    const bound = issue.inclusive === false ? 'more than' : 'at least';
    return `expected ${counted(issue.origin, bound, issue.minimum)}${found(input)}.`;
  }
  if (issue.code === 'too_big') {
    const bound = issue.inclusive === false ? 'less than' : 'at most';
    return `expected ${counted(issue.origin, bound, issue.maximum)}${found(input)}.`;
  }
  return `${issue.message.replace(/^Invalid input: /, '').replace(/\.$/, '')}.`;
}

function counted(origin: string, bound: string, count: number | bigint): string {
  const plural = count === 1 ? '' : 's';
  if (origin === 'array' || origin === 'set') return `a list of ${bound} ${count} item${plural}`;
  return origin === 'string' ? `text of ${bound} ${count} character${plural}` : `${bound} ${count}`;
}

function found(input: unknown): string {
  if (input === undefined) return '';
  const text = typeof input === 'number' ? String(input) : JSON.stringify(input);
  return `, not ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}

/** ` Did you mean …?` for a text that is close to an allowed one, or that is the key of an allowed object. */
function suggestion(input: unknown, expected: Expectation): string {
  if (typeof input !== 'string' || expected === undefined) return '';
  const object = expected.objects.get(input);
  return object === undefined ? didYouMean(input, expected.texts) : ` Did you mean ${object}?`;
}

/** One SPEC_INVALID error whose message lists every issue with its place. */
export function specError(issues: readonly SpecIssue[], position: (path: Path) => string): XaigridError {
  const lines = issues.map(({ path, message }) => `${path.length > 0 ? path.join('.') : 'spec'}${position(path)}: ${message}`);
  const unique = [...new Set(lines)];
  return new XaigridError(
    'SPEC_INVALID',
    unique.length === 1 ? (unique[0] ?? '') : `${unique.length} mistakes:\n  ${unique.join('\n  ')}`,
  );
}
