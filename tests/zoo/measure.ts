import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toXaigridError, XaigridError } from '@xaigrid/contracts';
import { checkModel, createEngine, readModel, type Engine } from '@xaigrid/engine';
import { inspectModel, type Model } from '@xaigrid/graph';
import { channelsFirst, channelsLast, float64Of, parseNpy, type Tensor } from '@xaigrid/tensor';
import { tryMethods } from './methods.js';
import { manifestSchema, type ExportResult, type Manifest, type Measured } from './results.js';

/** What the library computes with a model; arrays are channels first, one row a sample. */
interface Reference {
  readonly probabilities: Float64Array;
  readonly gradient: Float64Array;
  readonly classes: Int32Array<ArrayBuffer>;
}

/** Measures all exports in a folder that a family's script has filled. */
export async function measure(folder: string): Promise<Measured> {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  const precision = manifest.float64_error === null ? 'float64' : 'float32';
  const [reference, single] = await Promise.all([referenceIn(folder, precision), referenceIn(folder, 'float32')]);
  const samples = channelsLast(await tensorIn(folder, 'samples'));
  const exports: ExportResult[] = [];
  for (const entry of manifest.exports) {
    const result = await measureExport(entry, { folder, samples, reference });
    exports.push(result);
    process.stdout.write(`  ${result.name}: ${lineOf(result)}\n`);
  }
  return {
    ...{ parameters: manifest.parameters, inputShape: manifest.inputShape, precision, exports },
    own: {
      predictionError: largestDifference(single.probabilities, reference.probabilities),
      gradientError: Math.max(
        manifest.gradient_by_rounding,
        relativeError(single.gradient, reference.gradient, reference.classes.length),
      ),
    },
  };
}

interface Measuring {
  readonly folder: string;
  readonly samples: Tensor;
  readonly reference: Reference;
}

async function measureExport(entry: Manifest['exports'][number], measuring: Measuring): Promise<ExportResult> {
  const { name } = entry;
  if ('refused' in entry) return { name, outcome: 'unwritten', said: entry.refused };
  try {
    const { model, layout } = await readFor(measuring, [entry.file, ...entry.beside]);
    const ownFile =
      entry.explained || typeof entry.own !== 'number' ? await checkOwnFile(entry.file, model, measuring) : undefined;
    if (ownFile?.result === 'differs')
      return { name, outcome: 'misread', said: `${String(ownFile.byItself)} by itself, ${String(ownFile.inBatch)} here` };
    const said = [
      ...(layout === undefined ? [] : [`takes layout: ${layout} to be said`]),
      ...(ownFile?.result === 'unchecked' ? [`not compared with its file: ${ownFile.reason}`] : []),
    ];
    const alone = model.alone === undefined ? {} : { alone: model.alone.because };
    const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
    try {
      const found = await compare(engine, model, measuring);
      const strays = straysBy(entry.own, found.predictionError);
      const { gradientRefused } = found;
      const numbers = strays === undefined ? found : gradientRefused === undefined ? {} : { gradientRefused };
      if (strays !== undefined) said.push(`ONNX Runtime itself misses the library's probabilities by ${strays}`);
      const methods = entry.explained ? { methods: await tryMethods(engine, model, measuring.samples) } : {};
      return {
        name,
        outcome: 'loads',
        ...(said.length === 0 ? {} : { said: said.join('; ') }),
        ...alone,
        ...numbers,
        ...methods,
      };
    } finally {
      await engine.close();
    }
  } catch (error) {
    if (typeof entry.own === 'string')
      return { name, outcome: 'unwritten', said: `what it writes ONNX Runtime refuses: ${entry.own}` };
    const { code, message } = toXaigridError(error);
    const refused = code === 'MODEL_UNSUPPORTED' || code === 'OPERATION_UNSUPPORTED';
    return { name, outcome: refused ? 'refused' : 'failed', said: `${code}: ${message}` };
  }
}

/** As `run` does. It takes a second: where the family's script has compared the file's probabilities with the library's, one file stands for all. */
async function checkOwnFile(file: string, model: Model, { folder, samples }: Measuring) {
  // A copy: the check's thread takes them.
  const copy = { ...samples, data: samples.data.slice() };
  const check = await checkModel({ model, path: join(folder, file), engine: 'onnxruntime', samples: copy });
  return check.ownFile;
}

/** More than rounding makes of most probabilities. */
const STRAYS = 1e-5;

/** By how much a file misses the library's probabilities, where that is its own error, as ONNX Runtime's float32 shows, and not ours. */
function straysBy(own: number | string | undefined, ours: number | undefined): string | undefined {
  if (typeof own !== 'number' || ours === undefined || own < STRAYS || ours > 1.1 * own) return undefined;
  return own.toExponential(0);
}

async function compare(
  engine: Engine,
  model: Model,
  { samples, reference }: Measuring,
): Promise<Pick<ExportResult, 'predictionError' | 'gradientError' | 'gradientRefused'>> {
  const { data } = await engine.predict(samples);
  const predictionError = largestDifference(data, reference.probabilities);
  const { gradient } = inspectModel(model);
  if (!gradient.supported) return { predictionError, gradientRefused: gradient.reason ?? 'no reason' };
  const [found] = await engine.gradient({ inputs: samples, classes: reference.classes, wrt: 'input' });
  if (found === undefined) throw new XaigridError('INTERNAL', 'The engine gave no gradient.');
  const inFile = channelsFirst(found.gradient).data;
  return { predictionError, gradientError: relativeError(inFile, reference.gradient, reference.classes.length) };
}

/** The model as it is read by itself, or, where samples do not fit it so, channels last. */
async function readFor(
  { folder, samples }: Measuring,
  names: readonly string[],
): Promise<{ readonly model: Model; readonly layout?: 'channels-last' }> {
  const files = await Promise.all(
    names.map(async (name) => ({ name, bytes: new Uint8Array(await readFile(join(folder, name))) })),
  );
  const request = { files, name: names[0] ?? '' };
  const model = await readModel(request);
  const fits = model.input.shape.join() === samples.shape.slice(1).join();
  if (fits || model.format !== 'onnx') return { model };
  return { model: await readModel({ ...request, layout: 'channels-last' }), layout: 'channels-last' };
}

async function numbersIn(folder: string, name: string) {
  return float64Of(parseNpy(new Uint8Array(await readFile(join(folder, `${name}.npy`))), { name }));
}

async function tensorIn(folder: string, name: string): Promise<Tensor> {
  const { shape, data } = await numbersIn(folder, name);
  return { shape, data: Float32Array.from(data) };
}

async function referenceIn(folder: string, precision: 'float32' | 'float64'): Promise<Reference> {
  const [probabilities, gradient, classes] = await Promise.all(
    ['probabilities', 'gradient', 'classes'].map(async (what) => (await numbersIn(folder, `${what}-${precision}`)).data),
  );
  if (probabilities === undefined || gradient === undefined || classes === undefined) throw new TypeError('Three were read.');
  return { probabilities, gradient, classes: Int32Array.from(classes) };
}

/** NaN counts as infinitely far. */
function largestDifference(values: ArrayLike<number>, reference: Float64Array): number {
  if (values.length !== reference.length) return Infinity;
  return reference.reduce((largest, value, at) => {
    const difference = Math.abs((values[at] ?? NaN) - value);
    return Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }, 0);
}

/** Of the worst sample, the largest difference over the largest magnitude; of nothing but zeros, 0 where all are met. */
function relativeError(values: ArrayLike<number>, reference: Float64Array, samples: number): number {
  if (values.length !== reference.length) return Infinity;
  const size = reference.length / samples;
  return Math.max(
    ...Array.from({ length: samples }, (_, sample) => {
      const rows = [sample * size, (sample + 1) * size] as const;
      const own = reference.subarray(...rows);
      const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const difference = largestDifference(
        Array.from({ length: size }, (_at, at) => values[rows[0] + at] ?? NaN),
        own,
      );
      return difference === 0 ? 0 : difference / largest;
    }),
  );
}

function lineOf({ outcome, said, predictionError, gradientError, gradientRefused, methods, alone }: ExportResult): string {
  const missing = methods?.filter((method) => method.outcome !== 'works') ?? [];
  return [
    outcome,
    ...(alone === undefined ? [] : [`one at a time (${alone})`]),
    ...(predictionError === undefined ? [] : [`Δp ${predictionError.toExponential(1)}`]),
    ...(gradientError === undefined ? [] : [`Δgradient ${gradientError.toExponential(1)}`]),
    ...(gradientRefused === undefined ? [] : [`no gradient: ${gradientRefused}`]),
    ...(methods === undefined ? [] : [`${methods.length - missing.length} of ${methods.length} methods`]),
    ...missing.map(({ method, outcome: how, said: why = '' }) => `\n    ${method} ${how}: ${why}`),
    ...(said === undefined ? [] : [said]),
  ].join(' ');
}
