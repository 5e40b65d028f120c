import type { Interval } from '@xaigrid/contracts';

/** Places that tables of faithfulness are printed with. */
const PLACES = 4;
/** More are not readable; what is smaller is written with an exponent. */
const MOST_PLACES = 8;

export interface Estimate {
  readonly value: number;
  readonly interval?: Interval | undefined;
}

/**
 * Decimal places of a value with an interval: two significant digits of the interval's half-width, and enough to show on which
 * side of zero its bounds lie. At least four, at most eight.
 */
export function estimatePlaces({ interval }: Estimate): number {
  if (interval === undefined) return PLACES;
  const { low, high } = interval;
  const half = (high - low) / 2;
  const needed = half > 0 && Number.isFinite(half) ? 1 - Math.floor(Math.log10(half)) : PLACES;
  let places = Math.min(MOST_PLACES, Math.max(PLACES, needed));
  while (places < MOST_PLACES && [low, high].some((bound) => roundsToZero(bound, places))) places += 1;
  return places;
}

/**
 * Decimal places at which different values look different, up to `most`. Methods of different rank must not look equal.
 * @param places the least number of places
 */
export function placesApart(values: readonly number[], places: number, most = 6): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted.reduce((needed, value, at) => {
    const before = sorted[at - 1];
    if (before === undefined || before === value) return needed;
    for (let count = needed; count <= most; count += 1) if (value.toFixed(count) !== before.toFixed(count)) return count;
    return needed;
  }, places);
}

/** `0.1372`. A number that rounds to zero has no sign. */
export function formatNumber(value: number, places = PLACES): string {
  if (Number.isInteger(value) && Math.abs(value) >= 2) return String(value);
  return value.toFixed(places).replace(/^-(?=0\.?0*$)/, '');
}

/** `0.1372 [0.1246, 0.1498]`. With `places` from `estimatePlaces`, the reader sees whether the interval contains 0. */
export function formatEstimate({ value, interval }: Estimate, places = PLACES): string {
  if (interval === undefined) return formatNumber(value, places);
  const bound = (one: number): string =>
    places > PLACES && roundsToZero(one, places) ? one.toExponential(1) : formatNumber(one, places);
  return `${formatNumber(value, places)} [${bound(interval.low)}, ${bound(interval.high)}]`;
}

function roundsToZero(value: number, places: number): boolean {
  return value !== 0 && Number(value.toFixed(places)) === 0;
}
