import type { TypedArray } from '@xaigrid/tensor';

/** The element types of graphs, named as in ONNX. */
export type ElementType = 'float' | 'double' | 'int32' | 'int64' | 'bool' | 'uint8' | 'int8' | 'float16';

/** A constant: raw little-endian values in C order. */
export interface Constant {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TypedArray | BigInt64Array<ArrayBuffer> | Int8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
}

/** A node's attribute with its ONNX type, because INT and FLOAT look alike in JavaScript. */
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
  /** The names of the input values. An empty string is an optional input that is left out. */
  readonly inputs: readonly string[];
  /** The names of the output values. An empty string is an optional output that is left out. */
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  /**
   * The modules that contain the node, the innermost last: `['layer1', 'layer1.0', 'layer1.0.conv1']`. Present only if the
   * exporter wrote them.
   */
  readonly modules?: readonly string[];
}

/** The extents of a value. `null` is an extent that is not known before the run (the batch). */
export type Shape = readonly (number | null)[];

/** The name, type and shape of a graph's input or output. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
}

/** An ONNX graph (default operator set). Nodes are in topological order. */
export interface Graph {
  readonly name: string;
  readonly opset: number;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, Constant>;
}

/**
 * The operator set of every graph in memory and of every written file: that of ONNX 1.13. It is the newest that `irVersion` 8 may
 * have, and the first in which all reductions take their axes as an input, as ReduceSum did before.
 */
export const OPSET = 18;
