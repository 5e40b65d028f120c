import { XaigridError } from '../errors.js';
import { selectionKinds } from './kinds.js';
import { quoted, select } from './select.js';
import type { Selectable, Selection } from './selection.js';

type Chooser = 'method' | 'dataset' | 'model';

/** Sets of options, the shortest first. Within a length, the most familiar options come first. */
const chooserSets: readonly (readonly Chooser[])[] = [
  [],
  ['method'],
  ['dataset'],
  ['model'],
  ['method', 'dataset'],
  ['method', 'model'],
  ['dataset', 'model'],
  ['method', 'dataset', 'model'],
];

/**
 * The shortest selection that matches only this evaluation of a run. It is the evaluation's position if its names do not
 * distinguish it.
 */
export function selectionThatChooses(wanted: Selectable, evaluations: readonly Selectable[]): Selection {
  for (const choosers of chooserSets) {
    const selection: Selection = Object.fromEntries(
      choosers.map((key) => [key, [key === 'method' ? wanted.label : wanted[key]]]),
    );
    const meant = select(evaluations, selection, '');
    if (meant.every(({ evaluation }) => evaluation === wanted.evaluation)) return selection;
  }
  return { evaluation: [wanted.evaluation] };
}

/** A selection as options of the command: `['--method', 'sise', '--dataset', 'mnist1d']`. */
export function selectionOptions(selection: Selection): string[] {
  return selectionKinds.flatMap((kind) => kind.namesOf(selection).flatMap((name) => [kind.option, name]));
}

/** The most choices that a message lists. */
const MOST_CHOICES = 12;

/**
 * The one evaluation of a run that is meant.
 * @throws USAGE if several are, with the options that choose each of them
 */
export function chooseOne<Entry extends Selectable>(
  evaluations: readonly Entry[],
  isMeant: (evaluation: Entry) => boolean,
  subject: string,
): Entry {
  const [first, second, ...others] = evaluations.filter(isMeant);
  if (first === undefined) throw new XaigridError('USAGE', `${subject} has no evaluations.`);
  if (second === undefined) return first;
  const fitting = [first, second, ...others];
  const choices = fitting
    .slice(0, MOST_CHOICES)
    .map((entry) => `  ${selectionOptions(selectionThatChooses(entry, evaluations)).map(quoted).join(' ')}`);
  const more = fitting.length - choices.length;
  const rest = more > 0 ? [`  and ${more} more`] : [];
  throw new XaigridError(
    'USAGE',
    [`${fitting.length} evaluations of ${subject} fit. Choose one of them by:`, ...choices, ...rest].join('\n'),
  );
}
