import { XaigridError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import { selectionKinds, type SelectionKind } from './kinds.js';
import type { Selectable, Selection } from './selection.js';

/** The most names that a message lists. */
const MOST_NAMES = 20;

/**
 * The evaluations or settings of a run that the selection means, in their order.
 * @param subject the run in messages: `Run abc`
 * @throws USAGE if a name means nothing, with the names that exist: a typing error must not give an empty table
 */
export function select<Entry extends Selectable>(entries: readonly Entry[], selection: Selection, subject: string): Entry[] {
  let left = [...entries];
  const given: string[] = [];
  for (const kind of selectionKinds) {
    const names = kind.namesOf(selection);
    if (names.length === 0) continue;
    const chosen = new Set<Entry>();
    for (const name of names) {
      const meant = kind.meant(left, name);
      if (meant.length === 0) throw unknownName({ kind, name, entries, left, given, subject });
      for (const entry of meant) chosen.add(entry);
    }
    left = left.filter((entry) => chosen.has(entry));
    given.push(...names.map((name) => `${kind.what} ${JSON.stringify(name)}`));
  }
  return left;
}

interface UnknownName {
  readonly kind: SelectionKind;
  readonly name: string;
  readonly entries: readonly Selectable[];
  readonly left: readonly Selectable[];
  /** What narrowed the run down before, in words: clients of the HTTP API do not know the command's options. */
  readonly given: readonly string[];
  readonly subject: string;
}

function unknownName({ kind, name, entries, left, given, subject }: UnknownName): XaigridError {
  const isElsewhere = given.length > 0 && kind.meant(entries, name).length > 0;
  const where = isElsewhere ? ` with ${given.join(' and ')}` : '';
  const known = [...new Set(left.flatMap((entry) => kind.calledOf(entry).slice(0, 1)))];
  const callable = [...new Set(left.flatMap((entry) => kind.calledOf(entry)))];
  const there =
    known.length === 0 ? `Nothing there has a ${kind.what}.` : `There ${known.length === 1 ? 'is' : 'are'}: ${listed(known)}.`;
  return new XaigridError(
    'USAGE',
    `${subject} has no ${kind.what} ${JSON.stringify(name)}${where}.${didYouMean(name, callable)} ${there}`,
  );
}

/** A list in words: `a, b, c and 4 more`. */
export function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${more} more` : names.join(', ');
}

/** A word for a command line, in quotes if a shell needs them. */
export function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
