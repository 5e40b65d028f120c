import type { TypedArray } from '@xaigrid/tensor';

/** Element types the graphs use; names as in ONNX. */
export type ElementType = 'float' | 'double' | 'int32' | 'int64' | 'bool' | 'uint8' | 'int8' | 'float16';

/** A constant: raw little-endian values in C order. */
export interface Constant {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TypedArray | BigInt64Array<ArrayBuffer> | Int8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
}

/** A node's attribute, tagged with its ONNX type: INT and FLOAT look alike in JavaScript. */
export type Attribute =
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Constant };

export type Attributes = Readonly<Record<string, Attribute>>;

/** An ONNX node. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Empty string: an optional input left out. */
  readonly inputs: readonly string[];
  /** Empty string: an optional output left out. */
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  /** Of a file whose exporter says it: the modules that the node is in, the innermost last: `['layer1', 'layer1.0', 'layer1.0.conv1']`. */
  readonly modules?: readonly string[];
}

/** `null`: an extent not known before the run (the batch). */
export type Shape = readonly (number | null)[];

export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
}

/** An ONNX graph (default operator set) in topological order. */
export interface Graph {
  readonly name: string;
  readonly opset: number;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, Constant>;
}

/**
 * The operator set of every graph in memory and of every file written: ONNX 1.13, the newest that `irVersion` 8 may carry,
 * and the first where all reductions but ReduceSum take their axes as an input like ReduceSum does.
 */
export const OPSET = 18;
