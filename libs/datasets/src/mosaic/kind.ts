import { channelsLastShape } from '@xaigrid/tensor';
import type { DatasetKind } from '../dataset.js';
import { createMosaics } from './mosaic-dataset.js';
import { mosaicParametersSchema, tilesOf, type MosaicParameters } from './parameters.js';

const KIND = 'mosaic';

/**
 * Mosaics of two by two samples of another data set in one image: two of one class, which is the label, and two of other classes.
 * The region of a mosaic is the tiles of its class. It serves the metric `focus`, and other metrics that need regions when a data
 * set of images has none.
 *
 * Arias-Duart et al., "Focus! Rating XAI methods and finding biases", FUZZ-IEEE 2022, arXiv:2109.15035.
 * @param kinds of data sets that tiles can come from
 */
export function mosaicKind(kinds: readonly DatasetKind[]): DatasetKind<MosaicParameters> {
  return {
    kind: KIND,
    title: 'Mosaics',
    summary: 'Four samples of another data set in one image: two of a class, whose tiles are the region, and two of others.',
    source: 'Arias-Duart et al., Focus! Rating XAI methods and finding biases, FUZZ-IEEE 2022, arXiv:2109.15035.',
    params: mosaicParametersSchema(kinds),
    paths(params) {
      const tiles = tilesOf(params, kinds);
      return tiles.kind.paths?.(tiles.params) ?? [];
    },
    files(params, baseFolder, onProgress) {
      const tiles = tilesOf(params, kinds);
      return tiles.kind.files(tiles.params, baseFolder, onProgress);
    },
    plannedParams(params) {
      const tiles = tilesOf(params, kinds);
      return { ...params, of: { ...tiles.kind.plannedParams(tiles.params), kind: tiles.kind.kind } };
    },
    optionsFor(params, { found, wanted }) {
      const [height = 0, width = 0] = wanted;
      if (height % 2 === 1 || width % 2 === 1) return [];
      const tiles = tilesOf(params, kinds);
      const shapes = { found: halved(found), wanted: halved(wanted) };
      const isFirst = channelsLastShape(shapes.found).join('×') === shapes.wanted.join('×');
      const options =
        isFirst && tiles.kind.channelsFirst?.(tiles.params) !== undefined
          ? ['layout: channels-first']
          : (tiles.kind.optionsFor?.(tiles.params, shapes) ?? []);
      return options.length === 0 ? [] : [`of: { ${options.join(', ')} }`];
    },
    async open({ params, ...options }) {
      const tiles = tilesOf(params, kinds);
      const tileSet = await tiles.kind.open({ ...options, params: tiles.params });
      try {
        return createMosaics(tileSet, { ...params, kind: KIND, tileKind: tiles.kind.kind });
      } catch (error) {
        await tileSet.close();
        throw error;
      }
    },
  };
}

/** Half the height and the width. */
function halved([height = 0, width = 0, ...channels]: readonly number[]): readonly number[] {
  return [height / 2, width / 2, ...channels];
}
