import { plainText } from '../../api/plain-text.js';

type Schema = Readonly<Record<string, unknown>>;

/** Where the cursor is in a spec: the keys above it, and what was written of the word before it. */
export interface SpecPlace {
  /** `evaluations`, `-` for an item of a list, `explainers` … */
  readonly path: readonly string[];
  /** The key whose value is being written; absent where a key begins. */
  readonly value?: string;
  /** The keys that the object has already, with their values as written. */
  readonly siblings: Readonly<Record<string, string>>;
}

/** A part of the spec that the cursor may be in: a key, or an item of a list. */
interface Frame {
  readonly column: number;
  readonly name: string;
  /** The keys directly in it. */
  readonly siblings: Record<string, string>;
}

/** Finds the place by indentation and by the open brackets of the line. YAML that is half written has no other form. */
export function placeIn(lines: readonly string[], column: number): SpecPlace {
  const root: Frame = { column: -1, name: '', siblings: {} };
  const frames = [root];
  const leave = (to: number): void => {
    while (frames.length > 1 && (frames.at(-1)?.column ?? -1) >= to) frames.pop();
  };
  const enter = (frame: Frame): void => {
    leave(frame.column);
    frames.push(frame);
  };
  /** A list may begin below its key at the same column. */
  const enterItem = (dash: number): void => {
    leave(dash + 1);
    if (frames.at(-1)?.column === dash && frames.at(-1)?.name === '-') frames.pop();
    frames.push({ column: dash, name: '-', siblings: {} });
  };
  for (const line of lines.slice(0, -1)) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    for (const dash of dashesOf(line)) enterItem(dash);
    const { key, value } = parseLine(line);
    if (key === undefined) continue;
    const start = contentAt(line);
    leave(start);
    const { siblings } = frames.at(-1) ?? root;
    siblings[key] = value;
    enter({ column: start, name: key, siblings: {} });
  }
  const line = (lines.at(-1) ?? '').slice(0, column);
  for (const dash of dashesOf(line)) enterItem(dash);
  leave(contentAt(line));
  const { siblings } = frames.at(-1) ?? root;
  return withFlow({ path: frames.slice(1).map(({ name }) => name), siblings }, parseLine(line), flowOf(line));
}

/** The columns of the dashes with which a line begins. */
function dashesOf(line: string): number[] {
  const start = /^\s*(?:- +)*/.exec(line)?.[0] ?? '';
  return [...start.matchAll(/-/g)].map(({ index }) => index);
}

function withFlow(block: Omit<SpecPlace, 'value'>, own: ReturnType<typeof parseLine>, flow: Flow): SpecPlace {
  if (flow.depth === 0) return own.key === undefined ? block : { ...block, value: own.key };
  const path = [...block.path, ...(own.key === undefined ? [] : [own.key]), ...flow.path];
  return { path, siblings: flow.siblings, ...(flow.value === undefined ? {} : { value: flow.value }) };
}

/** The column where the content of a line begins, after the dashes of list items. */
function contentAt(line: string): number {
  return /^\s*(?:- +)*/.exec(line)?.[0].length ?? 0;
}

function parseLine(line: string): { readonly key?: string; readonly value: string } {
  const [, key, value = ''] = /^\s*(?:- +)*(?:"?([\w.-]+)"?\s*:(?:\s+(.*))?)?/.exec(line) ?? [];
  return { value: value.trim(), ...(key === undefined ? {} : { key }) };
}

interface Flow {
  readonly depth: number;
  readonly path: readonly string[];
  readonly siblings: Readonly<Record<string, string>>;
  readonly value?: string;
}

/** The open braces and brackets of a line. */
function flowOf(line: string): Flow {
  interface Level {
    readonly isObject: boolean;
    readonly siblings: Record<string, string>;
    text: string;
  }
  const levels: Level[] = [];
  for (const character of line) {
    const level = levels.at(-1);
    if (character === '{' || character === '[') levels.push({ isObject: character === '{', siblings: {}, text: '' });
    else if (character === '}' || character === ']') levels.pop();
    else if (level !== undefined && character === ',') {
      note(level);
      level.text = '';
    } else if (level !== undefined) level.text += character;
  }
  function note({ siblings, text }: Level): void {
    const [key, value] = text.split(/:\s+/, 2);
    if (key !== undefined && value !== undefined) siblings[key.trim().replaceAll('"', '')] = value.trim();
  }
  const keyOf = ({ text }: Level): string | undefined => /^\s*"?([\w.-]+)"?\s*:/.exec(text)?.[1];
  const path = levels.flatMap((level, at) => {
    const key = at < levels.length - 1 ? keyOf(level) : undefined;
    return [...(level.isObject ? [] : ['-']), ...(level.isObject && key !== undefined ? [key] : [])];
  });
  const last = levels.at(-1);
  const value = last?.isObject === true ? keyOf(last) : undefined;
  return { depth: levels.length, path, siblings: last?.siblings ?? {}, ...(value === undefined ? {} : { value }) };
}

/** The schemas that fit a place, by the keys that tell alternatives apart (`method: sise`). */
export function schemasAt(root: Schema, path: readonly string[], siblings: Readonly<Record<string, string>>): Schema[] {
  let found = [root];
  for (const key of path)
    found = found.flatMap(alternatives).flatMap((schema) => {
      if (key === '-') return isSchema(schema.items) ? [schema.items] : [];
      const next = propertiesOf(schema)[key] ?? schema.additionalProperties;
      return isSchema(next) ? [next] : [];
    });
  const all = found.flatMap(alternatives);
  const fitting = all.filter((schema) =>
    Object.entries(propertiesOf(schema)).every(
      ([key, own]) => !isSchema(own) || own.const === undefined || siblings[key] === undefined || own.const === siblings[key],
    ),
  );
  return fitting.length > 0 ? fitting : all;
}

/** What a schema allows as a value, in words that can be written. */
export function valuesOf(schema: Schema): { readonly text: string; readonly detail: string }[] {
  const detail = typeof schema.description === 'string' ? schema.description : '';
  if (schema.const !== undefined) return [{ text: plainText(schema.const), detail }];
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => ({ text: plainText(value), detail }));
  if (schema.type === 'boolean') return ['true', 'false'].map((text) => ({ text, detail }));
  return [];
}

export function alternatives(schema: Schema): Schema[] {
  const options = schema.anyOf ?? schema.oneOf;
  return Array.isArray(options) ? options.filter(isSchema).flatMap(alternatives) : [schema];
}

export function propertiesOf({ properties }: Schema): Schema {
  return isSchema(properties) ? properties : {};
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
