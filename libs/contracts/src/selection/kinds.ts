import { canonicalJson } from '../canonical-json.js';
import { baselineText, canonicalKeep, keepText } from './setting-texts.js';
import type { Selectable, Selection } from './selection.js';

/** One kind of thing that a selection names. Each kind is an option of the command. */
export interface SelectionKind {
  readonly key: keyof Selection;
  readonly option: string;
  /** Its name in sentences: `data set`. */
  readonly what: string;
  /**
   * The names that a selection gives.
   * @throws USAGE for a name that cannot be understood
   */
  readonly namesOf: (selection: Selection) => readonly string[];
  /** The names of an entry's own thing of this kind, the best known first; empty if it has none. */
  readonly calledOf: (entry: Selectable) => readonly string[];
  /** The entries that the name means. */
  readonly meant: <Entry extends Selectable>(entries: readonly Entry[], name: string) => Entry[];
}

function plainKind(
  key: 'evaluation' | 'dataset' | 'model' | 'metric' | 'scoredClass',
  what: string,
  called: (entry: Selectable) => string | undefined,
): SelectionKind {
  return {
    ...{ key, what, option: `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}` },
    namesOf: (selection) => (selection[key] ?? []).map(String),
    calledOf: (entry) => [called(entry) ?? []].flat(),
    meant: (entries, name) => entries.filter((entry) => called(entry) === name),
  };
}

/** All kinds, in the order in which they narrow a run down. */
export const selectionKinds: readonly SelectionKind[] = [
  plainKind('evaluation', 'evaluation', ({ evaluation }) => String(evaluation)),
  plainKind('dataset', 'data set', ({ dataset }) => dataset),
  plainKind('model', 'model', ({ model }) => model),
  {
    ...{ key: 'method', option: '--method', what: 'method' },
    namesOf: ({ method = [] }) => method,
    calledOf: ({ label, method }) => [label, method],
    meant: meantMethods,
  },
  plainKind('metric', 'metric', ({ metric }) => metric),
  plainKind('scoredClass', 'scored class', ({ scoredClass }) => scoredClass),
  {
    ...{ key: 'keep', option: '--keep', what: 'keep setting' },
    namesOf: ({ keep = [] }) => keep.map(canonicalKeep),
    calledOf: ({ setting }) => [keepText(setting) ?? []].flat(),
    meant: (entries, name) => entries.filter(({ setting }) => keepText(setting) === name),
  },
  {
    ...{ key: 'baseline', option: '--baseline', what: 'baseline' },
    namesOf: ({ baseline = [] }) => baseline.map((text) => text.trim().replaceAll(/[\s:=]+/g, ' ')),
    calledOf: ({ setting }) => [baselineText(setting) ?? []].flat(),
    meant: (entries, name) => entries.filter(({ setting }) => baselineText(setting) === name),
  },
  {
    ...{ key: 'setting', option: '--setting', what: 'setting' },
    namesOf: ({ setting }) => (setting === undefined ? [] : [canonicalJson(setting)]),
    calledOf: ({ setting }) => (setting === undefined ? [] : [canonicalJson(setting)]),
    meant: (entries, name) => {
      const wanted: unknown = JSON.parse(name);
      return entries.filter(({ setting }) => contains(setting, wanted));
    },
  },
];

/**
 * For each model and data set: the entries whose label is the name, or if there are none, all entries of the method. So `sise`
 * means one row of a table that also has `sise fusion=simple`, and every row of a sweep.
 */
function meantMethods<Entry extends Selectable>(entries: readonly Entry[], name: string): Entry[] {
  const placeOf = ({ dataset, model }: Entry): string => JSON.stringify([dataset, model]);
  const called = new Set(entries.filter(({ label }) => label === name).map(placeOf));
  return entries.filter((entry) => (called.has(placeOf(entry)) ? entry.label : entry.method) === name);
}

function contains(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
    return value !== undefined && canonicalJson(value) === canonicalJson(wanted);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const parts = new Map(Object.entries(value));
  return Object.entries(wanted).every(([key, part]) => contains(parts.get(key), part));
}
