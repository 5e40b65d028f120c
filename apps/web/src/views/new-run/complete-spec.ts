import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { alternatives, isSchema, placeIn, propertiesOf, schemasAt, valuesOf } from './spec-places.js';

/** What else a key can have as a value: the names of data sets, paths of stored files. */
export type MoreValues = (key: string, text: string) => readonly { readonly text: string; readonly detail: string }[];

/** Completes keys and values of a spec from its JSON Schema. */
export function completeSpec(schema: Readonly<Record<string, unknown>>, more: MoreValues) {
  return (context: CompletionContext): CompletionResult | null => {
    const { state, pos } = context;
    const line = state.doc.lineAt(pos);
    const lines = state.doc.sliceString(0, line.to).split('\n');
    const { path, siblings, value } = placeIn(lines, pos - line.from);
    const word = context.matchBefore(/[\w./-]*/);
    if (word === null || (word.from === word.to && !context.explicit)) return null;
    const found = schemasAt(schema, path, value === undefined ? siblings : {});
    const options =
      value === undefined ? keysAndItems(found, siblings) : valuesFor(value, found, more(value, state.doc.toString()));
    return options.length === 0 ? null : { from: word.from, options, validFor: /^[\w./-]*$/ };
  };
}

function keysAndItems(
  found: readonly Readonly<Record<string, unknown>>[],
  siblings: Readonly<Record<string, string>>,
): Completion[] {
  const options = new Map<string, Completion>();
  for (const schema of found) {
    for (const { text, detail } of valuesOf(schema)) options.set(text, { label: text, type: 'constant', info: detail });
    for (const [key, own] of Object.entries(propertiesOf(schema))) {
      if (siblings[key] !== undefined) continue;
      const info = isSchema(own) && typeof own.description === 'string' ? own.description : '';
      options.set(key, { label: key, apply: `${key}: `, type: 'property', ...(info === '' ? {} : { info }) });
    }
  }
  return [...options.values()];
}

function valuesFor(key: string, found: readonly Readonly<Record<string, unknown>>[], more: ReturnType<MoreValues>): Completion[] {
  const own = found.flatMap((schema) => {
    const next = propertiesOf(schema)[key];
    return isSchema(next) ? alternatives(next).flatMap(valuesOf) : [];
  });
  const options = new Map([...more, ...own].map(({ text, detail }) => [text, { label: text, type: 'constant', info: detail }]));
  return [...options.values()];
}
