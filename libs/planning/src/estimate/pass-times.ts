import type { Device, EngineBackend } from '@xaigrid/contracts';
import { createEngine, type Engine } from '@xaigrid/engine';
import { sizeOf, uniformTensor, type Tensor } from '@xaigrid/tensor';
import type { CostedEvaluation } from '../cost.js';
import type { PlannedRun } from '../plan-run.js';

type Model = PlannedRun['models'] extends ReadonlyMap<string, infer Opened> ? Opened : never;
type Need = NonNullable<CostedEvaluation['cost']['need']>;

/** Seconds that a pass of one sample takes while all engines work. */
export interface PassTimes {
  readonly forward: number;
  /** Of a masked sample, as metrics make them: the same graph does the masking. NaN if not asked for. */
  readonly masked: number;
  /** Forward and backward, by `needKey`. */
  readonly gradient: ReadonlyMap<string, number>;
}

/** What is timed of a model. */
export interface WantedPasses {
  readonly model: Model;
  readonly engine: CostedEvaluation['plan']['engine'];
  readonly backend?: EngineBackend | undefined;
  readonly device: Device;
  /** Of the gradient passes, by `needKey`. */
  readonly needs: ReadonlyMap<string, Need>;
  /** Whether metrics run the model. */
  readonly masked: boolean;
  /** Engines, each with one thread of its own, as runs have them. */
  readonly threads: number;
}

/** Each kind of pass is timed for this long, or once if one takes longer. */
const MILLISECONDS = 500;
/** A call takes about this long, like the shortest calls of runs. Shorter calls would mostly measure the overhead of a call. */
const CALL_MILLISECONDS = 50;
/** 16 MiB of float32 inputs a call. */
const VALUES = 2 ** 22;
/** References of a DeepLIFT pass: enough that the engine works as it does with many. */
const REFERENCES = 4;

/** Gradients at the same place have the same cost, whichever method asks for them. */
export function needKey(need: Need): string {
  // The target does not change the duration of a pass, so all targets are timed once.
  return JSON.stringify({ ...need, target: undefined });
}

/** Computes some samples. */
type Pass = (engine: Engine, inputs: Tensor) => Promise<unknown>;

/**
 * Times passes of a model on random samples, on as many engines as a run has, all at once: they share caches and memory.
 * @throws ENGINE_UNAVAILABLE, ENGINE_FAILED
 */
export async function timePasses({
  model,
  engine: name,
  backend,
  device,
  needs,
  masked: scored,
  threads,
}: WantedPasses): Promise<PassTimes> {
  const engines: Engine[] = [];
  try {
    for (let at = 0; at < threads; at++)
      engines.push(await createEngine({ model, name, backend, device, threads: 1, isolate: true }));
    const forward = await secondsOf(engines, (engine, inputs) => engine.predict(inputs));
    const masked = scored ? await secondsOf(engines, maskedPass) : NaN;
    const gradient = new Map<string, number>();
    for (const [key, need] of needs) gradient.set(key, await gradientSeconds(engines, need));
    return { forward, masked, gradient };
  } finally {
    await Promise.all(engines.map((engine) => engine.close()));
  }
}

/** A pass that masks half of the positions with zero. */
function maskedPass(engine: Engine, inputs: Tensor): Promise<unknown> {
  const { inputShape } = engine.model;
  const rows = inputs.shape[0] ?? 0;
  const positions = inputShape.slice(0, -1);
  // Any numbers in [0, 1) can be maps, so this uses the first values of the inputs.
  const maps = { shape: [rows, ...positions], data: inputs.data.subarray(0, rows * sizeOf(positions)) };
  return engine.scoreMasks({
    inputs,
    sampleOf: Int32Array.from({ length: rows }, (_, row) => row),
    masks: { maps, above: new Float32Array(rows).fill(0.5) },
    baseline: { shape: inputShape, data: new Float32Array(sizeOf(inputShape)) },
  });
}

async function gradientSeconds(engines: readonly Engine[], need: Need): Promise<number> {
  if ('multipliersOf' in need) return deepLiftSeconds(engines);
  if ('relevanceBy' in need) {
    const { relevanceBy: rules } = need;
    return secondsOf(engines, (engine, inputs) =>
      engine.relevance({ inputs, classes: classesFor(inputs), rules, start: 'logit' }),
    );
  }
  if ('biasGradients' in need) {
    const { target } = need;
    return secondsOf(engines, (engine, inputs) => engine.biasGradients({ inputs, classes: classesFor(inputs), target }));
  }
  const { gradientsOf: wrt, target } = need;
  return secondsOf(engines, (engine, inputs) =>
    engine.gradient({
      ...{ inputs, classes: classesFor(inputs), wrt, target },
      ...(wrt === 'input' ? {} : { reduce: 'positions' as const }),
    }),
  );
}

/** Of one pair of a sample and a reference. */
async function deepLiftSeconds(engines: readonly Engine[]): Promise<number> {
  const references = Math.max(REFERENCES, engines[0]?.batchSize ?? 1);
  const prepared = await Promise.all(
    engines.map(async (engine) => [engine, await engine.deepLift(noise(engine, references))] as const),
  );
  const deepLifts = new Map(prepared);
  try {
    const pass: Pass = async (engine, inputs) => deepLifts.get(engine)?.attribute({ inputs, classes: classesFor(inputs) });
    return (await secondsOf(engines, pass, 1)) / references;
  } finally {
    await Promise.all(prepared.map(([, deepLift]) => deepLift.close()));
  }
}

/** @param batch rows of the smallest call; default the engine's own batch */
async function secondsOf(engines: readonly Engine[], pass: Pass, batch?: number): Promise<number> {
  const [first] = engines;
  if (first === undefined) return NaN;
  const least = batch ?? first.batchSize;
  // The first call compiles.
  const few = noise(first, least);
  await Promise.all(engines.map((engine) => pass(engine, few)));
  const once = performance.now();
  await pass(first, few);
  const calls = Math.floor(CALL_MILLISECONDS / (performance.now() - once));
  const most = Math.floor(VALUES / sizeOf(first.model.inputShape) / least);
  const rows = least * Math.max(1, Math.min(calls, most));
  const inputs = noise(first, rows);
  let done = 0;
  const started = performance.now();
  await Promise.all(
    engines.map(async (engine) => {
      do {
        await pass(engine, inputs);
        done += rows;
      } while (performance.now() - started < MILLISECONDS);
    }),
  );
  return (performance.now() - started) / 1000 / done;
}

function classesFor({ shape: [rows = 0] }: Tensor): Int32Array<ArrayBuffer> {
  return new Int32Array(rows);
}

/** Random inputs, `[rows, ...inputShape]`. The values do not change the duration of a pass. */
function noise({ model: { inputShape } }: Engine, rows: number): Tensor {
  return uniformTensor([rows, ...inputShape]);
}
