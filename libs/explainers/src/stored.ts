import { basename, resolve } from 'node:path';
import { fileReferenceOf, layoutSchema, XaigridError, type LayoutOption } from '@xaigrid/contracts';
import { noPasses } from '@xaigrid/engine';
import { channelsFirstShape, channelsLast, firstNotFinite, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { channelsParam, joinChannels, joinedShape, plannedChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PlannedSamples, PrepareOptions } from './explainer.js';
import { constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';
import { openMapFile, type MapFile } from './stored/map-file.js';

const params = z.strictObject({
  path: z
    .string()
    .min(1)
    .meta({ description: 'A .npy or .npz file with one map for each sample, in the order of the data set.' }),
  key: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'The name of the array in a .npz file; not needed if there is only one.' }),
  layout: layoutSchema.default('auto').meta({
    description:
      'Whether maps have their channels first, [channels, ...positions], or last, [...positions, channels]; default as the shape says.',
  }),
  ...channelsParam,
});
type Params = z.infer<typeof params>;

/** Replaces the path in plans. The hash identifies the file, whatever its name. */
const ANY_PATH = 'stored maps';

/**
 * Maps made elsewhere, for example by Captum, Quantus or shap, scored like our own.
 *
 * The file holds `[N, ...positions]`, `[N, ...positions, channels]` or `[N, channels, ...positions]` numbers of any type, which
 * become float32. Row i is the map of sample i of the data set. `channels` adds up the channels of maps that have them. Of a .npy
 * file, only the needed rows are read; an array of a .npz file is loaded whole.
 */
export const stored: Explainer<Params> = defineExplainer<Params>({
  method: 'stored',
  title: 'Stored maps',
  version: 1,
  summary: 'Maps made elsewhere, from a .npy or .npz file with one map per sample.',
  family: 'stored',
  source: 'The author of the maps.',
  params,
  fileParams: ['path'],
  samplesPerCall: (engine) => samplesWithin(engine, 4 * sizeOf(engine.model.inputShape)),
  passes: () => noPasses,
  mapShape: async ({ path, key, layout, channels }, { inputShape }, [filePath = path]) => {
    const file = await openMapFile(filePath, { name: path, key });
    try {
      const { mapShape } = formOf({ name: path, fileShape: file.shape, inputShape, layout });
      return mapShape.length === inputShape.length ? joinedShape(channels, mapShape) : mapShape;
    } finally {
      await file.close();
    }
  },
  files: async ({ path, key }, baseFolder) => {
    const file = resolve(baseFolder, path);
    // Reads the file's header, so that errors are found before anything is computed.
    await (await openMapFile(file, { name: file, key })).close();
    return [await fileReferenceOf(file, basename(file))];
  },
  async checkFiles({ path, key, layout }, { baseFolder, model, samples }) {
    const name = resolve(baseFolder, path);
    const file = await openMapFile(name, { name, key });
    try {
      const form = formOf({ name, fileShape: file.shape, inputShape: model.inputShape, layout });
      checkRows(name, file.shape[0] ?? 0, samples);
      return [howItIsRead(name, file.shape, form, model.inputShape)];
    } finally {
      await file.close();
    }
  },
  plannedParams: ({ key, layout, channels }) => ({
    path: ANY_PATH,
    ...(key === undefined ? {} : { key }),
    // The detected layout follows from the file and the model, which are part of the map key.
    ...(layout === 'auto' ? {} : { layout }),
    ...plannedChannels(channels),
  }),
  prepare: async (options: PrepareOptions<Params>) => {
    const {
      engine,
      params: { path, key, layout, channels },
      filePaths: [filePath],
      fileNames: [fileName = `The file of the ${ANY_PATH}`] = [],
    } = options;
    if (filePath === undefined) throw new XaigridError('MAPS_UNREADABLE', `The file of the ${ANY_PATH} was not handed over.`);
    const name = path === ANY_PATH ? fileName : path;
    const file = await openMapFile(filePath, { name, key });
    try {
      const form = formOf({ name, fileShape: file.shape, inputShape: engine.model.inputShape, layout });
      return { explain: (request) => explain({ name, file, ...form, channels }, request), close: () => file.close() };
    } catch (error) {
      await file.close();
      throw error;
    }
  },
});

interface MapForm {
  /** Positions, or the input's shape. */
  readonly mapShape: readonly number[];
  readonly channelsFirst: boolean;
}

/**
 * The form of one map of the file: positions (one channel counts as none), or the input's shape with its channels first or last.
 * @throws SHAPE_MISMATCH if it is neither, if it differs from `layout`, and if it could be either
 */
function formOf(options: {
  readonly name: string;
  readonly fileShape: readonly number[];
  readonly inputShape: readonly number[];
  readonly layout: LayoutOption;
}): MapForm {
  const { name, fileShape, inputShape, layout } = options;
  const positions = positionsOf({ inputShape });
  const found = fileShape.slice(1).join('×');
  if ([positions, [...positions, 1], [1, ...positions]].some((shape) => found === shape.join('×')))
    return { mapShape: positions, channelsFirst: false };
  const first = channelsFirstShape(inputShape);
  const fits = { 'channels-last': found === inputShape.join('×'), 'channels-first': found === first.join('×') };
  const shown = `${name} has the shape [${fileShape.join(', ')}]`;
  if (layout === 'auto' && fits['channels-first'] && fits['channels-last']) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `${shown}, which may have its channels first or last. Set layout: channels-first or layout: channels-last.`,
    );
  }
  if (fits['channels-last'] && layout !== 'channels-first') return { mapShape: inputShape, channelsFirst: false };
  if (fits['channels-first'] && layout !== 'channels-last') return { mapShape: inputShape, channelsFirst: true };
  const option = fits['channels-last'] ? 'channels-last' : fits['channels-first'] ? 'channels-first' : undefined;
  const wayOut = option === undefined ? '' : ` It would fit with layout: ${option}.`;
  const [byPosition, whole, turned] = [positions, inputShape, first].map((shape) => `[samples, ${shape.join(', ')}]`);
  const forms = byPosition === whole ? whole : `${byPosition}, ${whole} or, channels first, ${turned}`;
  throw new XaigridError('SHAPE_MISMATCH', `${shown}; maps for this model are ${forms}.${wayOut}`);
}

function howItIsRead(
  name: string,
  fileShape: readonly number[],
  { mapShape, channelsFirst }: MapForm,
  inputShape: readonly number[],
): string {
  const channels =
    mapShape.length < inputShape.length
      ? `one number for each of the ${mapShape.join('×')} positions`
      : `${inputShape.at(-1) ?? 1} channels, ${channelsFirst ? 'first' : 'last'}`;
  return `${name}: maps of shape [${fileShape.join(', ')}] are read as ${channels}; row i is the map of sample i.`;
}

/** @throws SHAPE_MISMATCH unless row i can be the map of sample i for all samples that take part */
function checkRows(name: string, rows: number, { size, last }: PlannedSamples): void {
  if (rows > size) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `${name} holds ${rows} maps, but the data set has ${size} samples, and row i is the map of sample i. Give one map for each sample of the data set, in its order.`,
    );
  }
  if (rows <= last) throw tooFew(name, rows, last);
}

function tooFew(name: string, rows: number, sample: number): XaigridError {
  return new XaigridError(
    'SHAPE_MISMATCH',
    `${name} holds ${rows} maps, none for sample ${sample}. Give one map for each sample of the data set, or take only the first: limit: { samples: ${rows}, choose: first }.`,
  );
}

interface StoredMaps extends MapForm {
  readonly name: string;
  readonly file: MapFile;
  readonly channels: Params['channels'];
}

async function explain(
  { name, file, mapShape, channelsFirst, channels }: StoredMaps,
  request: ExplainRequest,
): Promise<Explanation> {
  const { inputs, sampleIndices, signal } = request;
  const [rows = 0] = file.shape;
  const missing = sampleIndices.find((sampleIndex) => sampleIndex >= rows);
  if (missing !== undefined) throw tooFew(name, rows, missing);
  const data = new Float32Array(sampleIndices.length * sizeOf(mapShape));
  for (const { start, end, at } of runsOf(sampleIndices)) {
    signal?.throwIfAborted();
    data.set(await file.read(start, end), at * sizeOf(mapShape));
  }
  const count = sampleIndices.length;
  const found: Tensor = channelsFirst
    ? channelsLast({ shape: [count, ...channelsFirstShape(mapShape)], data })
    : { shape: [count, ...mapShape], data };
  checkFinite(name, found, sampleIndices);
  const maps = found.shape.length === inputs.shape.length ? joinChannels(found, channels) : found;
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

/** @throws NOT_FINITE naming the first sample whose map has a NaN or an infinity. */
function checkFinite(name: string, maps: Tensor, sampleIndices: ExplainRequest['sampleIndices']): void {
  const bad = firstNotFinite(maps.data);
  if (bad === -1) return;
  const stride = maps.data.length / Math.max(1, sampleIndices.length);
  const row = sampleIndices[Math.floor(bad / stride)] ?? -1;
  throw new XaigridError(
    'NOT_FINITE',
    `${name} holds ${maps.data[bad] ?? NaN} in row ${row}, the map of sample ${row}. Maps are finite numbers: correct the file.`,
  );
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
