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

/** Finds the place by indentation and by the open brackets of the line. YAML that is half written has no other form. */
export function placeIn(lines: readonly string[], column: number): SpecPlace {
  const line = (lines.at(-1) ?? '').slice(0, column);
  const path: string[] = [];
  let indent = contentAt(line);
  const own = parseLine(line);
  const siblings: Record<string, string> = {};
  const flow = flowOf(line);
  for (let at = lines.length - 2; at >= 0; at -= 1) {
    const above = (lines[at] ?? '').replace(/(^|\s)#.*$/, '$1');
    if (above.trim() === '') continue;
    const start = contentAt(above);
    const bare = above.length - above.trimStart().length;
    const { key, value } = parseLine(above);
    if (start === indent && key !== undefined && !own.isItem && path.length === 0) siblings[key] = value;
    if (bare < indent && start < indent && key !== undefined) {
      path.unshift(key);
      indent = bare;
      if (/^\s*- /.test(above)) {
        path.unshift('-');
      }
    } else if (start === indent && /^\s*- /.test(above) && !own.isItem && !path.includes('-')) {
      // The first line of the item that this line belongs to.
      path.unshift('-');
      indent = bare;
    } else if (start < indent && key === undefined) indent = start;
    if (indent === 0 && path[0] !== '-') break;
  }
  if (own.isItem) path.push('-');
  return withFlow({ path, siblings }, own, flow);
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

function parseLine(line: string): { readonly key?: string; readonly value: string; readonly isItem: boolean } {
  const match = /^\s*((?:- +)*|-)(?:"?([\w.-]+)"?\s*:(?:\s+(.*))?)?/.exec(line);
  const [, dashes = '', key, value = ''] = match ?? [];
  return { isItem: dashes !== '', value: value.trim(), ...(key === undefined ? {} : { key }) };
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
