import { readFileSync } from 'node:fs';
import { evaluateConstants } from '../../../engine/src/onnxruntime/evaluate-constants.js';
import { foldConstants } from '../../src/folding/fold-constants.js';
import { withFreeBatch } from '../../src/folding/free-batch.js';
import type { Graph } from '../../src/graph.js';
import { readOnnx } from '../../src/onnx/read.js';
import { modelProto, type ModelProto } from '../../src/onnx/schema.js';
import { arrayOf, sizeOf, type NdArray } from '../reference/array.js';

/** What goldens.json keeps of a gradient: every `stride`-th value in C order (channels first), and numbers over all of them. */
export interface GradientSummary {
  readonly shape: readonly number[];
  readonly stride: number;
  readonly values: readonly number[];
  readonly sum: number;
  readonly norm: number;
  readonly largest: number;
}

/** One of torchvision's architectures, narrow, with seeded weights, and what PyTorch computes with it in float64. */
export interface ArchitectureGolden {
  readonly name: string;
  /** `[channels, ...positions]` */
  readonly input: readonly number[];
  /** The explained class: the most probable. */
  readonly label: number;
  readonly probabilities: readonly number[];
  /** ∂p_label/∂input */
  readonly inputGradient: GradientSummary;
  /** The name of a Conv node, and ∂p_label/∂(its output). */
  readonly layer: string;
  readonly layerGradient: GradientSummary;
}

const INPUT_SEED = 1_000_000;

const fileOf = (name: string) => new URL(name, import.meta.url);

export const architectureGoldens = JSON.parse(readFileSync(fileOf('goldens.json'), 'utf8')) as ArchitectureGolden[];

/** Numbers in [low, high), float32: murmur3's finaliser of a Weyl sequence; the same as in make_architectures.py. */
function seeded(seed: number, count: number, low: number, high: number): Float32Array<ArrayBuffer> {
  const start = Math.imul(seed, 0x85ebca6b);
  return Float32Array.from({ length: count }, (_, index) => {
    let h = (Math.imul(index, 0x9e3779b9) + start) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    return low + (high - low) * ((h >>> 8) / 2 ** 24);
  });
}

/** The ONNX file as PyTorch wrote it, its weights filled in. */
export function architectureFile(name: string): Uint8Array {
  const model = modelProto.decode(readFileSync(fileOf(`graphs/${name}.onnx`))) as unknown as ModelProto;
  const initializer = model.graph?.initializer.map((tensor, seed) => {
    const count = sizeOf(tensor.dims.map(Number));
    const [low, high, ...more] = tensor.floatData;
    const bounds = low !== undefined && high !== undefined && more.length === 0 && tensor.rawData.length === 0;
    if (!bounds) return tensor;
    return { ...tensor, floatData: [], rawData: new Uint8Array(seeded(seed, count, low, high).buffer) };
  });
  return modelProto.encode({ ...model, graph: { ...model.graph, initializer } }).finish();
}

/** The input that the goldens are of, `[1, channels, ...positions]`. */
export function architectureInput({ input }: ArchitectureGolden): NdArray {
  return arrayOf([1, ...input], seeded(INPUT_SEED, sizeOf(input), 0, 1));
}

/** The graph of an architecture, with a free batch and folded as models are imported. */
export function architectureGraph(name: string): Promise<Graph> {
  return foldConstants(withFreeBatch(readOnnx(architectureFile(name))), evaluateConstants);
}
