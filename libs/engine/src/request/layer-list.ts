import type { LayerDescription } from '../engine.js';

/** A list of more layers is cut in the middle. Methods are mostly asked for layers near the end. */
const MOST_LISTED = 40;
const FIRST_LISTED = 12;

/** Layers in a message, with their modules: `conv1 (body.conv1), relu, … (153 in all; xaigrid inspect lists them), fc`. */
export function layerList(layers: readonly LayerDescription[]): string {
  const named = layers.map(({ name, modules = [] }) => (modules.length === 0 ? name : `${name} (${modules.join(', ')})`));
  if (named.length === 0) return 'none';
  if (named.length <= MOST_LISTED) return named.join(', ');
  const cut = `… (${named.length} in all; xaigrid inspect lists them)`;
  return [...named.slice(0, FIRST_LISTED), cut, ...named.slice(FIRST_LISTED - MOST_LISTED)].join(', ');
}
