import { canonicalJson, select, selectionOf, XaigridError } from '@xaigrid/contracts';
import type { SamplesAsked } from '../store.js';
import { requireMeasures, type RunScoreSet } from './run-score-sets.js';

/** What a list is about: the scores of some methods by one metric at one setting. */
export interface Subject {
  readonly by: RunScoreSet;
  readonly sets: readonly RunScoreSet[];
  readonly compared: readonly RunScoreSet[];
  readonly measure: string;
}

/** @throws USAGE if the selection leaves more than one of what a list has one of */
export function subjectOf(all: readonly RunScoreSet[], query: SamplesAsked): Subject {
  const name = `Run ${query.runId}`;
  const selected = select(all, selectionOf(query), name);
  const exact = selected.filter(({ setting }) => canonicalJson(setting) === canonicalJson(query.setting ?? null));
  const sets = exact.length > 0 ? exact : selected;
  const by = query.by === undefined ? sets[0] : sets.find(({ evaluation }) => evaluation === query.by);
  if (by === undefined) {
    const known = [...new Set(sets.map(({ evaluation }) => evaluation))];
    throw new XaigridError(
      'USAGE',
      `${name} has no evaluation ${query.by ?? 0} in this selection. There are: ${known.join(', ')}.`,
    );
  }
  for (const [what, of] of kinds) {
    const found = [...new Set(sets.map(of))];
    if (found.length > 1)
      throw new XaigridError(
        'USAGE',
        `A list of samples is of one ${what}; this selection of ${name.toLowerCase()} has ${found.length}: ${found.slice(0, 8).join(', ')}. Name one of them.`,
      );
  }
  const measure = query.measure ?? query.headline(by.metric);
  requireMeasures(all, sets, { subject: name, names: [measure] });
  return { by, sets, compared: sets.filter(({ method }) => !query.controls.has(method)), measure };
}

const kinds: readonly (readonly [string, (set: RunScoreSet) => string])[] = [
  ['data set', ({ dataset }) => dataset],
  ['model', ({ model }) => model],
  ['metric', ({ metric }) => metric],
  ['scored class', ({ scoredClass }) => scoredClass],
  ['setting', ({ setting }) => canonicalJson(setting)],
];

/** The position of a measure among those of a set, from 1. */
export function positionIn({ measures }: RunScoreSet, measure: string): number {
  return measures.indexOf(measure) + 1;
}
