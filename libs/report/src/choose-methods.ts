import type { Ranking, RankedMethod } from './ranking.js';

export interface ChosenMethods {
  /** The best first. */
  readonly shown: readonly RankedMethod[];
  /** A sentence about what was left out and by which rule; undefined if all methods are shown. */
  readonly note: string | undefined;
}

/**
 * The methods that figures show: all if there is room, else the best. Controls are always among them.
 * @param options.top how many of the best the user asks for
 * @param options.most how many the figure has room for
 */
export function chooseMethods(
  { methods, measure }: Pick<Ranking, 'methods' | 'measure'>,
  { top = Infinity, most }: { readonly top?: number | undefined; readonly most: number },
): ChosenMethods {
  const controls = methods.filter(({ isControl }) => isControl);
  const others = methods.filter(({ isControl }) => !isControl);
  const limit = Math.min(top, Math.max(1, most - controls.length));
  const kept = new Set([...others.slice(0, limit), ...controls]);
  const shown = methods.filter((entry) => kept.has(entry));
  const left = methods.length - shown.length;
  if (left === 0) return { shown, note: undefined };
  const best = `the ${limit < others.length ? `${limit} ` : ''}best by ${measure.title.toLowerCase()}`;
  const rules = [best, ...(controls.length > 0 ? [`the control${controls.length > 1 ? 's' : ''}`] : [])];
  return {
    shown,
    note: `${shown.length} of ${methods.length} methods: ${rules.join(', ')}. ${left} left out here; the tables have all.`,
  };
}
