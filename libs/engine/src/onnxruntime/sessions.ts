import { type Device, toXaigridError, XaigridError } from '@xaigrid/contracts';
import { type Constant, type ExternalPlace, type Graph, withStackedSignals, withSteadySums, writeOnnx } from '@xaigrid/graph';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { isShared } from '../shared-references.js';
import type { WeightsFile } from '../weights/weights-file.js';
import type { OnnxRuntime } from './load-onnxruntime.js';

type Float32 = Float32Array<ArrayBuffer>;
export type Values = Float32 | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;

/** An input value of a graph. */
export interface Feed {
  readonly data: Values;
  readonly shape: readonly number[];
}

/** A graph that is ready to run. */
export interface CompiledGraph {
  /**
   * Runs the graph and returns the named float32 outputs. The returned arrays belong to the caller; feeds are read in place.
   * @throws ENGINE_FAILED
   */
  run<Name extends string>(feeds: Readonly<Record<string, Feed>>, outputs: readonly Name[]): Promise<Record<Name, Float32>>;
  /** Like `run`, for outputs of other types. */
  runMixed(feeds: Readonly<Record<string, Feed>>, outputs: readonly string[]): Promise<Map<string, Values>>;
}

/** The graphs of an engine. Each is compiled at its first use and then kept. */
export interface Sessions {
  compiled(key: string, compose: () => Graph): Promise<CompiledGraph>;
  close(): Promise<void>;
}

/** How much ONNX Runtime may rewrite a graph. */
export const optimizationLevels = ['disabled', 'basic', 'extended', 'all'] as const;
export type OptimizationLevel = (typeof optimizationLevels)[number];

/**
 * Rewritings that ONNX Runtime (1.30) does wrongly. Pad_Fusion moves zeros before a MaxPool into its padding, where they count as
 * −∞. It also loses track of a value that is both padded and an output. Without it, a Pad costs a copy.
 */
export const wrongRewritings = ['Pad_Fusion'];

export interface SessionsOptions {
  readonly ort: OnnxRuntime;
  readonly device: Device;
  readonly threads: number;
  /** Default: all. */
  readonly optimization?: OptimizationLevel;
  /** Graphs with more nodes are not rewritten. Default: no limit. */
  readonly rewrittenNodes?: number;
  /** The file of shared weights. Without it, every session copies them. */
  readonly weights?: WeightsFile;
}

export function createSessions(options: SessionsOptions): Sessions {
  const { ort, device, threads, optimization = 'all', rewrittenNodes = Infinity, weights } = options;
  const sessions = new Map<string, Promise<InferenceSession>>();

  async function create(graph: Graph): Promise<InferenceSession> {
    try {
      const bytes = writeOnnx(withStackedSignals(withSteadySums(graph)), (constant) => placeIn(weights, constant));
      return await ort.InferenceSession.create(bytes, {
        executionProviders: [device],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: graph.nodes.length > rewrittenNodes ? 'disabled' : optimization,
        // An arena keeps the activations of the largest pass for the next one. Each of the many sessions of a large model would
        // keep its own: eight methods on a VGG-11 take 2.7 GB without arenas and 3.4 GB with them, in the same time.
        enableCpuMemArena: !sharesWeights(graph),
        // Errors only: the warnings are about optimizations.
        logSeverityLevel: 3,
        // Spinning threads gain 5 % on large images. On small nets they lose up to half as soon as anything else (Postgres,
        // another engine) needs the cores.
        extra: {
          session: {
            intra_op: { allow_spinning: '0' },
            // Large weights stay in place. Otherwise each session makes a copy in the layout of its kernels.
            ...(sharesWeights(graph) ? { disable_prepacking: '1' } : {}),
            ...(weights === undefined ? {} : { model_external_initializers_file_folder_path: weights.folder }),
          },
          optimization: { disable_specified_optimizers: wrongRewritings.join(';') },
        },
      });
    } catch (error) {
      throw failure('could not compile the model', error);
    }
  }

  return {
    async compiled(key, compose) {
      let creating = sessions.get(key);
      if (creating === undefined) {
        creating = create(compose());
        sessions.set(key, creating);
      }
      return compiledGraph(ort, await creating);
    },
    async close() {
      const open = await Promise.allSettled(sessions.values());
      sessions.clear();
      for (const result of open) if (result.status === 'fulfilled') await result.value.release();
    },
  };
}

/** The place of a constant in the file of shared weights. Undefined if the constant is not shared, or if there is no file. */
function placeIn(weights: WeightsFile | undefined, { data }: Constant): ExternalPlace | undefined {
  const memory: ArrayBufferLike = data.buffer;
  if (weights === undefined || !(memory instanceof SharedArrayBuffer)) return undefined;
  const offset = weights.offsets.get(memory);
  if (offset === undefined) return undefined;
  return { location: weights.name, offset: offset + data.byteOffset, length: data.byteLength };
}

/** Whether a graph computes with shared weights. All graphs of one model agree in this. */
function sharesWeights({ constants }: Graph): boolean {
  return [...constants.values()].some(({ data }) => isShared(data));
}

function compiledGraph(ort: OnnxRuntime, session: InferenceSession): CompiledGraph {
  async function execute(
    feeds: Readonly<Record<string, Feed>>,
    outputs: readonly string[],
  ): Promise<InferenceSession.ReturnType> {
    const tensors = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, tensorOf(ort, feed)]));
    try {
      return await session.run(tensors, outputs);
    } catch (error) {
      throw failure('failed', error);
    }
  }
  // The composed graphs have outputs of the types that these casts state.
  return {
    async run<Name extends string>(feeds: Readonly<Record<string, Feed>>, outputs: readonly Name[]) {
      const results = await execute(feeds, outputs);
      return Object.fromEntries(outputs.map((name) => [name, results[name]?.data])) as Record<Name, Float32>;
    },
    async runMixed(feeds, outputs) {
      const results = await execute(feeds, outputs);
      return new Map(outputs.map((name) => [name, results[name]?.data as Values]));
    },
  };
}

function tensorOf(ort: OnnxRuntime, feed: Feed): OrtTensor {
  const { shape } = feed;
  // ONNX Runtime cannot read memory that is shared between threads.
  const data = isShared(feed.data) ? feed.data.slice() : feed.data;
  if (data instanceof Float32Array) return new ort.Tensor('float32', data, shape);
  if (data instanceof Float64Array) return new ort.Tensor('float64', data, shape);
  if (data instanceof BigInt64Array) return new ort.Tensor('int64', data, shape);
  return new ort.Tensor('int32', data, shape);
}

/** How messages of ONNX Runtime and the C++ library say that memory ran out. */
const OUT_OF_MEMORY = /failed to allocate memory|bad[ _]alloc|out of memory/i;

function failure(what: string, error: unknown): XaigridError {
  const { message } = toXaigridError(error);
  const code = OUT_OF_MEMORY.test(message) ? 'ENGINE_ENDED' : 'ENGINE_FAILED';
  return new XaigridError(code, `ONNX Runtime ${what}: ${message}`, { cause: error });
}
