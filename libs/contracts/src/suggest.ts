import { closest, distance } from 'fastest-levenshtein';

/** The candidate closest to a mistyped word. Undefined if none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const best = closest(word.toLowerCase(), [...candidates]);
  const original = candidates.find((candidate) => candidate === best);
  if (original === undefined) return undefined;
  if (distance(word.toLowerCase(), original.toLowerCase()) <= mostEdits(word, original)) return original;
  // For example, `true-label` means `label`.
  const parts = word.toLowerCase().split(/[^a-z0-9]+/);
  const inside = candidates.filter((candidate) => parts.includes(candidate.toLowerCase()));
  return inside.length === 1 ? inside[0] : undefined;
}

/** The most edits between a word and what it may mean: a third of the letters. `lime` is not a mistyped `sise`. */
function mostEdits(word: string, candidate: string): number {
  const letters = (text: string): string => Array.from(text.toLowerCase()).sort().join('');
  return letters(word) === letters(candidate) ? 2 : Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
}

/** ` Did you mean "x"?`, or the empty string. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const suggestion = nearest(word, candidates);
  return suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
}
