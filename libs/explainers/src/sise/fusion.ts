import { levelsOf, otsuThreshold } from '@xaigrid/tensor';

type Map = Float32Array<ArrayBuffer>;

export const fusions = ['otsu', 'simple'] as const;
export type Fusion = (typeof fusions)[number];

const LEVELS = 256;
/** How steep the step at the threshold is: from 0.007 to 0.993 within ±0.05. */
const STEEPNESS = 100;

/**
 * Joins the layers' maps into one, from the shallowest to the deepest: E ← V₁, then E ← (E + V_l)·w(V_l), where w is a soft
 * step at Otsu's threshold (`otsu`) or V_l itself (`simple`).
 *
 * @param layerMaps each scaled to [0, 1]; all of one length.
 */
export function fuse(layerMaps: readonly Map[], fusion: Fusion): Map {
  const [first, ...deeper] = layerMaps;
  const fused = new Float32Array(first ?? []);
  for (const map of deeper) {
    const threshold = fusion === 'otsu' ? stepThreshold(map) : NaN;
    for (let i = 0; i < fused.length; i++) {
      const value = map[i] ?? 0;
      const weight = fusion === 'otsu' ? 1 / (1 + Math.exp(-STEEPNESS * (value - threshold))) : value;
      fused[i] = ((fused[i] ?? 0) + value) * weight;
    }
  }
  return fused;
}

/**
 * Otsu's threshold t over 256 levels of round(256·V), as t/256; raised to 1.5·t/256 when less than 10 % of the positions
 * lie at or above level round(1.5·t). Both rounded half to even, as numpy does.
 */
export function stepThreshold(map: Map): number {
  const threshold = otsuThreshold(levelsOf(map));
  const raised = 1.5 * threshold;
  const least = roundHalfEven(raised);
  let above = 0;
  // Not by `levelsOf`, where level 256 joins level 255: round(1.5·t) may be 256.
  for (const value of map) if (roundHalfEven(LEVELS * value) >= least) above++;
  return (above < 0.1 * map.length ? raised : threshold) / LEVELS;
}

function roundHalfEven(value: number): number {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}
