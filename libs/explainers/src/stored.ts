import { basename, resolve } from 'node:path';
import { fileReferenceOf, XaigridError } from '@xaigrid/contracts';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { channelsParam, joinChannels, portableChannels } from './channels.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';
import { openMapFile, type MapFile } from './stored/map-file.js';

const params = z.strictObject({
  path: z
    .string()
    .min(1)
    .meta({ description: 'A .npy or .npz file with one map for each sample, in the order of the data set.' }),
  key: z.string().min(1).optional().meta({ description: "The array's name in a .npz file; not needed when there is only one." }),
  ...channelsParam,
});
type Params = z.infer<typeof params>;

/** Stands for the path wherever paths are left out: the file is known by its hash, whatever it is called. */
const ANY_PATH = 'stored maps';

/**
 * Maps made elsewhere, for example by Captum, Quantus or shap, scored like our own.
 *
 * The file holds `[N, ...positions]` or `[N, ...inputShape]` numbers of any type, which become float32; row i is the map of
 * sample i of the data set. `channels` adds up the channels of maps that have them. Of a .npy file only the rows asked for are read; an array of a .npz file is loaded whole.
 */
export const stored: Explainer<Params> = {
  method: 'stored',
  version: 1,
  summary: 'Maps made elsewhere, from a .npy or .npz file with one map a sample.',
  params,
  defaultExplainedClass: 'predicted',
  usesBackground: false,
  samplesPerCall: (engine) => samplesWithin(engine, 4 * sizeOf(engine.model.inputShape)),
  validate: () => undefined,
  files: async ({ path, key }, baseFolder) => {
    const file = resolve(baseFolder, path);
    // Reads the file's header, to complain before anything is computed.
    await (await openMapFile(file, { name: file, key })).close();
    return [await fileReferenceOf(file, basename(file))];
  },
  portable: ({ key, channels }) => ({
    path: ANY_PATH,
    ...(key === undefined ? {} : { key }),
    ...portableChannels(channels),
  }),
  prepare: async ({ engine, params: { path, key, channels }, filePaths: [filePath] }: PrepareOptions<Params>) => {
    if (filePath === undefined) throw new XaigridError('MAPS_UNREADABLE', `The file of the ${ANY_PATH} was not handed over.`);
    const name = path === ANY_PATH ? `The file of the ${ANY_PATH}` : path;
    const file = await openMapFile(filePath, { name, key });
    try {
      const mapShape = mapShapeOf(name, file.shape, engine.model.inputShape);
      return { explain: (request) => explain({ name, file, mapShape, channels }, request), close: () => file.close() };
    } catch (error) {
      await file.close();
      throw error;
    }
  },
};

/** The shape of one map: positions, or the input's shape. Positions with one channel for an input with more are positions. */
function mapShapeOf(name: string, fileShape: readonly number[], inputShape: readonly number[]): readonly number[] {
  const positions = positionsOf({ inputShape });
  const found = fileShape.slice(1).join('×');
  if (found === inputShape.join('×')) return inputShape;
  if (found === positions.join('×') || found === [...positions, 1].join('×')) return positions;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${name} has the shape [${fileShape.join(', ')}]; maps for this model are [samples, ${positions.join(', ')}] or [samples, ${inputShape.join(', ')}].`,
  );
}

interface StoredMaps {
  readonly name: string;
  readonly file: MapFile;
  /** Positions, or the input's shape. */
  readonly mapShape: readonly number[];
  readonly channels: Params['channels'];
}

async function explain({ name, file, mapShape, channels }: StoredMaps, request: ExplainRequest): Promise<Explanation> {
  const { inputs, sampleIndices, signal } = request;
  const [rows = 0] = file.shape;
  const missing = sampleIndices.find((sampleIndex) => sampleIndex >= rows);
  if (missing !== undefined) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `${name} holds ${rows} maps, none for sample ${missing}. Give one map for each sample, or limit the run to ${rows} samples.`,
    );
  }
  const data = new Float32Array(sampleIndices.length * sizeOf(mapShape));
  for (const { start, end, at } of runsOf(sampleIndices)) {
    signal?.throwIfAborted();
    data.set(await file.read(start, end), at * sizeOf(mapShape));
  }
  const found: Tensor = { shape: [sampleIndices.length, ...mapShape], data };
  assertFinite('stored map', found, request);
  const maps = found.shape.length === inputs.shape.length ? joinChannels(found, channels) : found;
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

/** Consecutive sample indices are read together. */
function runsOf(sampleIndices: ExplainRequest['sampleIndices']): { start: number; end: number; at: number }[] {
  const runs: { start: number; end: number; at: number }[] = [];
  for (const [at, sampleIndex] of sampleIndices.entries()) {
    const last = runs.at(-1);
    if (last?.end === sampleIndex) last.end++;
    else runs.push({ start: sampleIndex, end: sampleIndex + 1, at });
  }
  return runs;
}
