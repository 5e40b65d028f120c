import { modelProto, type AttributeProto, type Int64, type TensorProto } from '../../src/onnx/schema.js';

export interface NodeFixture {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attribute?: readonly Partial<AttributeProto>[];
  readonly metadataProps?: readonly { readonly key: string; readonly value: string }[];
}

export type TensorFixture = TensorProto;

export interface FileFixture {
  readonly opset: number;
  readonly nodes: readonly NodeFixture[];
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly initializer?: readonly Partial<TensorProto>[];
}

const value = (name: string, dims: readonly number[]) => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

/** An ONNX file of any operator set, from `x` to `y`; what `writeOnnx` cannot write. */
export function onnxFile({ opset, nodes, input, output, initializer = [] }: FileFixture): Uint8Array {
  const graph = { name: 'fixture', node: nodes, input: [value('x', input)], output: [value('y', output)], initializer };
  return modelProto
    .encode(Object.assign(modelProto.create(), { irVersion: 8, opsetImport: [{ domain: '', version: opset }], graph }))
    .finish();
}

/** Attributes by kind. */
export const attribute = {
  int: (name: string, i: number) => ({ name, type: 2, i }),
  float: (name: string, f: number) => ({ name, type: 1, f }),
  ints: (name: string, ints: Int64[]) => ({ name, type: 7, ints }),
  text: (name: string, s: string) => ({ name, type: 3, s: new TextEncoder().encode(s) }),
};
