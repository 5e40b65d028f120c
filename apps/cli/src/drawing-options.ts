import { colourMaps, signedColourMaps } from '@xaigrid/report';
import { oneOf } from './one-of.js';
import { selectionFrom, type SelectionOptions } from './selection-options.js';
import type { CollectOptions } from '@xaigrid/run-report';
import type { ControlOptions } from './control-options.js';

/** Options that `report` and `figures` share. */
export interface DrawingOptions extends ControlOptions, SelectionOptions {
  readonly sample: readonly number[];
  readonly top?: number;
  readonly colourMap: string;
  readonly signedColourMap: string;
}

type Drawing = Pick<CollectOptions, 'samples' | 'top' | 'colourMap' | 'signedColourMap'> &
  Required<Pick<CollectOptions, 'selection'>>;

/** @throws USAGE for a colour map that there is not */
export function drawingOptions(options: DrawingOptions): Drawing {
  const { sample, top } = options;
  return {
    ...(sample.length === 0 ? {} : { samples: sample }),
    ...(top === undefined ? {} : { top }),
    selection: selectionFrom(options),
    colourMap: oneOf(options.colourMap, colourMaps, '--colour-map'),
    signedColourMap: oneOf(options.signedColourMap, signedColourMaps, '--signed-colour-map'),
  };
}
