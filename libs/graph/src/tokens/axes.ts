import { sizeOf } from '@xaigrid/tensor';

/**
 * What an axis of a value counts: samples, features (channels, or a part of them), one axis of the input's positions, or tokens.
 * Tokens are the positions of a grid, row by row, with `before` and `after` other tokens around them (class tokens, registers).
 */
export type Axis =
  | { readonly is: 'batch' | 'features' }
  | { readonly is: 'position'; readonly of: number }
  | ({ readonly is: 'tokens' } & TokenGrid);

/** How tokens lie on the sample. */
export interface TokenGrid {
  readonly grid: readonly number[];
  readonly before: number;
  readonly after: number;
}

/** The axes of a value; its extents without the batch. */
export interface Meaning {
  readonly axes: readonly Axis[];
  readonly extents: readonly number[];
}

/** An axis with its extent. */
export interface Extended {
  readonly axis: Axis;
  readonly extent: number;
}

const features: Axis = { is: 'features' };

/** The axes but the batch, with their extents. */
export function extended({ axes, extents }: Meaning): Extended[] {
  return axes.slice(1).map((axis, at) => ({ axis, extent: extents[at] ?? 1 }));
}

export function meaningOf(axes: readonly Extended[]): Meaning {
  return { axes: [{ is: 'batch' }, ...axes.map(({ axis }) => axis)], extents: axes.map(({ extent }) => extent) };
}

/** The axis as tokens if it counts all positions. @param positions how many axes of positions the input has */
export function asTokens({ axis, extent }: Extended, positions: number): ({ readonly is: 'tokens' } & TokenGrid) | undefined {
  if (axis.is === 'tokens') return axis;
  return axis.is === 'position' && positions === 1 ? { is: 'tokens', grid: [extent], before: 0, after: 0 } : undefined;
}

/**
 * The axes of a value after a Reshape, in C order: axes are joined or cut where products of extents meet. Positions that are joined
 * become tokens; what a cut leaves within a position, as in a window or a patch, counts as features.
 * @returns undefined if the positions are mixed with something else
 */
export function reshaped(given: Meaning, to: readonly number[], positions: number): Meaning | undefined {
  const from = extended(given);
  return regroupedAll(from, to, positions) ?? regroupedAll(from.flatMap(takenApart), to, positions);
}

/** Tokens without others among them are the positions of their grid. */
function takenApart(one: Extended): Extended[] {
  const { axis } = one;
  if (axis.is !== 'tokens' || axis.before + axis.after > 0) return [one];
  return axis.grid.map((extent, of) => ({ axis: { is: 'position', of }, extent }));
}

function regroupedAll(from: readonly Extended[], to: readonly number[], positions: number): Meaning | undefined {
  const found: Extended[] = [];
  const [waiting, wanted] = [[...from], [...to]];
  while (waiting.length > 0 || wanted.length > 0) {
    const [own, others] = [waiting.splice(0, 1), wanted.splice(0, 1)];
    for (;;) {
      const [have, want] = [sizeOf(own.map(({ extent }) => extent)), sizeOf(others)];
      if (have === want) break;
      const [more, another] = have < want ? [waiting.shift(), undefined] : [undefined, wanted.shift()];
      if (more === undefined && another === undefined) return undefined;
      if (more !== undefined) own.push(more);
      if (another !== undefined) others.push(another);
    }
    const group = regrouped(own, others, positions);
    if (group === undefined) return undefined;
    found.push(...group);
  }
  return meaningOf(found);
}

/** The axes of a few axes that are joined or cut into others of the same size. */
function regrouped(own: readonly Extended[], others: readonly number[], positions: number): Extended[] | undefined {
  const counted = own.filter(({ extent, axis }) => extent > 1 || axis.is === 'position' || axis.is === 'tokens');
  const [first] = counted;
  if (first === undefined || own.every(({ axis }) => axis.is === 'features')) {
    return others.map((extent) => ({ axis: features, extent }));
  }
  if (counted.length === 1) {
    if (first.axis.is === 'tokens' && sizeOf(others) !== Math.max(...others)) return undefined;
    const at = first.axis.is === 'tokens' ? others.indexOf(Math.max(...others)) : 0;
    return others.map((extent, index) => ({ axis: index === at ? first.axis : features, extent }));
  }
  const whole = counted.every(({ axis }, of) => axis.is === 'position' && axis.of === of) && counted.length === positions;
  if (!whole || others.length !== 1) return undefined;
  return [{ axis: { is: 'tokens', grid: counted.map(({ extent }) => extent), before: 0, after: 0 }, extent: others[0] ?? 1 }];
}

/** Where a value has one feature axis and otherwise the positions of the input, or tokens. */
export interface PositionLayout {
  /** Whether the features are the last axis. Otherwise they come first, after the batch. */
  readonly featuresLast: boolean;
  /** Present if tokens are one axis. */
  readonly tokens?: TokenGrid;
}

/** @returns undefined if the axes of the value are no such layout */
export function positionLayoutOf({ axes, extents }: Meaning, positions: number): PositionLayout | undefined {
  const [, ...own] = axes;
  const featuresLast = own.at(-1)?.is === 'features';
  const rest = featuresLast ? own.slice(0, -1) : own.slice(1);
  if (own.length < 2 || (!featuresLast && own[0]?.is !== 'features')) return undefined;
  const [only] = rest;
  if (rest.length === 1 && only?.is === 'tokens') {
    const { grid, before, after } = only;
    const extent = featuresLast ? extents[0] : extents[1];
    return sizeOf(grid) + before + after === extent ? { featuresLast, tokens: { grid, before, after } } : undefined;
  }
  const inOrder = rest.length === positions && rest.every((axis, of) => axis.is === 'position' && axis.of === of);
  return inOrder ? { featuresLast } : undefined;
}
