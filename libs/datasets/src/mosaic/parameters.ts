import { z } from 'zod';
import type { DatasetKind } from '../dataset.js';

const recordSchema = z.record(z.string(), z.unknown());

/** The data set of the tiles: its kind with its parameters, as a spec writes it. */
interface TileSet {
  readonly kind: string;
  readonly [parameter: string]: unknown;
}

export interface MosaicParameters {
  readonly of: TileSet;
  readonly size: number;
  readonly seed: number;
}

/** @param kinds of data sets that tiles can come from */
export function mosaicParametersSchema(kinds: readonly DatasetKind[]): z.ZodType<MosaicParameters> {
  const tileSet = z
    .looseObject({ kind: z.enum(kinds.map(({ kind }) => kind)).describe('The kind of data set that tiles are samples of.') })
    .transform(({ kind, ...entry }, context): TileSet => {
      const parsed = kinds.find((candidate) => candidate.kind === kind)?.params.safeParse(entry);
      for (const { path, message } of parsed?.error?.issues ?? []) context.addIssue({ code: 'custom', path: [...path], message });
      return { ...recordSchema.parse(parsed?.data ?? {}), kind };
    });
  return z.strictObject({
    of: tileSet.describe(
      'The data set whose samples are the tiles: { kind: texture-patches, imageSize: 32 }. Its samples have half the height and width of a mosaic.',
    ),
    size: z.int().min(1).max(10_000_000).default(1000).describe('How many mosaics; the classes take turns.'),
    seed: z
      .int()
      .default(0)
      .describe('Mosaic i depends on it, the other data set and i only: a larger set begins with the smaller one.'),
  });
}

/** The kind of the tile set, and its own parameters. */
export function tilesOf({ of }: MosaicParameters, kinds: readonly DatasetKind[]) {
  const { kind: name, ...params } = of;
  const kind = kinds.find((candidate) => candidate.kind === name);
  if (kind === undefined) throw new TypeError(`The kind ${name} passed the checks of parameters but is not there.`);
  return { kind, params };
}
