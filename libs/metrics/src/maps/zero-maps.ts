import type { Metric, ScoreRequest } from '../metric.js';

/**
 * The check measure `zeroMaps`: the map is zero everywhere.
 * @param consequence what that does to the score, in a few words
 */
export function zeroMapsCheck(consequence: string): Metric['measures'][number] {
  return {
    ...{ name: 'zeroMaps', aggregate: 'count', title: 'Zero maps', role: 'check' },
    meaning: `Samples whose map is zero everywhere: ${consequence}.`,
    range: { low: 0, high: 1 },
    warning: { text: `the map is zero everywhere; ${consequence}` },
  };
}

/** The values of `zeroMaps`, `[settings · n]`: 1 if the sample's map is zero everywhere, else 0. */
export function zeroMapsOf(
  maps: readonly Float32Array[],
  { settings }: Pick<ScoreRequest, 'settings'>,
): Float64Array<ArrayBuffer> {
  const zeros = maps.map((map) => (map.every((value) => value === 0) ? 1 : 0));
  return Float64Array.from(settings.flatMap(() => zeros));
}
