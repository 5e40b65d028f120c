import type { TypedArray } from '@xaigrid/tensor';

/** Element types the graphs use; names as in ONNX. */
export type ElementType = 'float' | 'double' | 'int32' | 'int64' | 'bool' | 'uint8' | 'int8' | 'float16';

/** A constant: raw little-endian values in C order. */
export interface Constant {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TypedArray | BigInt64Array<ArrayBuffer> | Int8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
}

export type Attribute = number | string | readonly number[] | readonly string[] | Constant;

/** An ONNX node. Attributes of type INT and FLOAT are told apart by `floatAttributes`. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Empty string: an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** `null`: an extent not known before the run (the batch). */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | null)[];
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
