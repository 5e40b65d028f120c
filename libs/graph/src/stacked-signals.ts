import { ints, intsOf, without } from './attributes.js';
import { expanded, type Expand, type Expansion } from './expansion.js';
import type { Attributes, Constant, Graph } from './graph.js';
import { countOf } from './shapes/shape-rule.js';

/**
 * The same graph, in which convolutions of signals see the whole batch as one image: `[n, channels, length]` becomes
 * `[1, channels, n, length]`, and a kernel of k becomes one of 1 × k. ONNX Runtime (1.30) makes one small matrix product for each
 * sample of a batch, but one large product for an image, and only images have its layout in blocks of channels. It moves the
 * transpositions together, where most of them cancel. Gradients of the report's 1-D net take 0.46 of their time so.
 */
export function withStackedSignals(graph: Graph): Graph {
  return expanded(graph, { Conv: stacked, ConvTranspose: (expansion) => (fits(expansion) ? stacked(expansion) : undefined) });
}

const SAMPLES_SECOND = ints([1, 0, 2]);

const stacked: Expand = ({ node, shape, add, integers, constant, adopt }) => {
  const [x = '', weights = '', ...bias] = node.inputs;
  const kernel = constant(weights);
  if (kernel?.shape.length !== 3 || shape[0] === 1) return undefined;
  const first = integers([0]);
  const image = add('Unsqueeze', [add('Transpose', [x], { perm: SAMPLES_SECOND }), first]);
  const flat = add(node.op, [image, adopt(withHeight(kernel)), ...bias], attributesWithHeight(node.attributes));
  return add('Transpose', [add('Squeeze', [flat, first])], { perm: SAMPLES_SECOND });
};

/** `[a, b, k]` → `[a, b, 1, k]`, of the same values in the same memory. */
function withHeight(kernel: Constant): Constant {
  const [filters = 1, channels = 1, length = 1] = kernel.shape;
  return { ...kernel, shape: [filters, channels, 1, length] };
}

/** What each list of a window says of an axis with extent 1, before what it says of the length. */
const ofHeight = { kernel_shape: 1, strides: 1, dilations: 1, output_padding: 0 } as const;

function attributesWithHeight(attributes: Attributes): Attributes {
  const node = { attributes };
  const pads = intsOf(node, 'pads');
  const windows = Object.entries(ofHeight).flatMap(([name, height]) => {
    const list = intsOf(node, name);
    return list === undefined ? [] : [[name, ints([height, ...list])] as const];
  });
  return {
    ...without(attributes, ...Object.keys(ofHeight), 'pads'),
    ...Object.fromEntries(windows),
    ...(pads === undefined ? {} : { pads: ints([0, pads[0] ?? 0, 0, pads[1] ?? 0]) }),
  };
}

/** The floats that one ConvTranspose may hold beside its input and output: 64 MiB. */
const LARGEST_COLUMNS = 2 ** 24;

/** A ConvTranspose holds the products of all its positions before it adds them up. Of one sample they are few. */
function fits({ node, shape, constant }: Expansion): boolean {
  const kernel = constant(node.inputs[1] ?? '');
  const [samples = null, , length = null] = shape;
  const columns = countOf([samples, length, ...(kernel?.shape.slice(1) ?? [])]);
  return columns !== null && columns <= LARGEST_COLUMNS && intsOf(node, 'output_shape') === undefined;
}
