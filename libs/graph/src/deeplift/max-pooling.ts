import { int, text } from '../attributes.js';
import { constantOf, int64s } from '../constants.js';
import { reshapeLike } from '../gradients/gradient-rule.js';
import {
  choose,
  difference,
  inputOf,
  onBothSides,
  outputOf,
  smallerThan,
  type DeepLiftRule,
  type PreparationScope,
} from './deeplift-rule.js';
import { XaigridError } from '@xaigrid/contracts';

const DELTA_LIMIT = 1e-7;
const argmaxName = (value: string) => `deeplift/argmax/${value}`;

/** Extents without the batch. */
function sampleShape({ node, info }: PreparationScope, value: string): number[] {
  return info(value)
    .shape.slice(1)
    .map((extent) => {
      if (extent !== null) return extent;
      throw new XaigridError(
        'OPERATION_UNSUPPORTED',
        `Node "${node.name}" (${node.op}) has no DeepLIFT rule for an input of unknown size.`,
      );
    });
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

/** The first maximum of each window, as a flat index within its own sample: `[n, windows]`. */
function prepareArgmax(scope: PreparationScope): void {
  const { builder, node } = scope;
  const shape = sampleShape(scope, inputOf(node));
  const windows = sizeOf(sampleShape(scope, outputOf(node)));
  let indices: string;
  if (node.op === 'MaxPool') {
    const [, flat = ''] = builder.node('MaxPool', [inputOf(node)], node.attributes, 2);
    // MaxPool counts indices through the whole batch.
    indices = builder.node('Mod', [flat, builder.scalar(sizeOf(shape), 'int64')]);
  } else {
    const [channels = 1, ...positions] = shape;
    const rows = builder.node('Reshape', [inputOf(node), builder.constant(int64s([0, channels, sizeOf(positions)]))]);
    const within = builder.node('ArgMax', [rows], { axis: int(2), keepdims: int(0) });
    const starts = Array.from({ length: channels }, (_, channel) => channel * sizeOf(positions));
    indices = builder.node('Add', [within, builder.constant(constantOf('int64', [1, channels], starts))]);
  }
  builder.named(argmaxName(outputOf(node)), 'Reshape', [indices, builder.constant(int64s([-1, windows]))]);
}

/**
 * With c = max(y_x, y_r): (c − y_r) goes to the maximum of x and (y_x − c) to that of r, divided by x − r; 0 if |x − r| < 1e-7
 * (`maxpool` of shap).
 */
export const maxPooling: DeepLiftRule = {
  prepare: (scope) => {
    prepareArgmax(scope);
    const { node } = scope;
    return onBothSides(inputOf(node), outputOf(node), argmaxName(outputOf(node)));
  },
  multipliers: (scope) => {
    const { builder, node, gradient } = scope;
    const { type, shape } = scope.inputInfo(0);
    const output = outputOf(node);
    const [yx, yr] = [scope.of(output, 'x'), scope.of(output, 'r')];
    const cross = builder.node('Max', [yx, yr]);
    const flat = builder.constant(
      int64s([
        -1,
        sizeOf(
          scope
            .outputInfo()
            .shape.slice(1)
            .map((extent) => extent ?? 1),
        ),
      ]),
      'shape',
    );
    const toX = builder.node('Reshape', [builder.node('Mul', [gradient, builder.node('Sub', [cross, yr])]), flat]);
    const toR = builder.node('Reshape', [builder.node('Mul', [gradient, builder.node('Sub', [yx, cross])]), flat]);
    const extents = builder.node('Shape', [toX]);
    const at = (side: 'x' | 'r') => builder.node('Expand', [scope.of(argmaxName(output), side), extents]);
    const size = builder.constant(int64s([sizeOf(shape.slice(1).map((extent) => extent ?? 1))]), 'size');
    const batch = builder.node('Slice', [extents, ...[[0], [1]].map((bound) => builder.constant(int64s(bound), 'bound'))]);
    const zeros = builder.node('Expand', [builder.scalar(0, type), builder.node('Concat', [batch, size], { axis: int(0) })]);
    const attributes = { axis: int(1), reduction: text('add') };
    const scattered = builder.node(
      'ScatterElements',
      [builder.node('ScatterElements', [zeros, at('x'), toX], attributes), at('r'), toR],
      attributes,
    );
    const delta = difference(scope, inputOf(node));
    const shares = builder.node('Div', [reshapeLike(scope, 0, scattered), delta]);
    return [choose(builder, smallerThan(builder, delta, DELTA_LIMIT), builder.scalar(0, type), shares)];
  },
};
