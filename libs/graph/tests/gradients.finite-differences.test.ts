import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import { differentiate } from '../src/gradients/differentiate.js';
import { gradientRules } from '../src/gradients/registry.js';
import { inferShapes } from '../src/shapes/infer.js';
import { arrayOf, noiseArray, type NdArray } from './reference/array.js';
import { relativeDifference } from './reference/compare.js';
import type { GradientCase } from './reference/gradient-case.js';
import { gradientCases } from './reference/gradient-cases.js';
import { interpret, valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';

/** Forward and backward of a case in one graph, with the batch known or not. */
function graphOf({ shape, forward }: GradientCase, batch: number | null) {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float', [batch, ...shape.slice(1)]);
  const y = forward(builder, x);
  // The gradient of y is fed, and has y's shape.
  const seed = builder.input('seed', 'float', builder.info(y).shape);
  const [gradient = ''] = differentiate(builder, { value: y, gradient: seed, wrt: [x] });
  return { y: builder.output(y, 'y'), gradient: builder.output(gradient, 'gradient'), graph: builder.build() };
}

function forwardOf({ shape, forward }: GradientCase) {
  const builder = new GraphBuilder();
  builder.output(forward(builder, builder.input('x', 'float', shape)), 'y');
  return builder.build();
}

function inputOf({ shape, offset = 0 }: GradientCase): NdArray {
  const x = noiseArray(shape, 7);
  return arrayOf(
    shape,
    x.data.map((value) => value + offset),
  );
}

/** Σ seed · ∂y/∂x by central differences, in float64. */
function centralDifferences(project: (x: NdArray) => number, x: NdArray): NdArray {
  // The error of the formula is h²·f‴/6 ≈ 1e-11, that of rounding 1e-16/h ≈ 1e-11.
  const h = 1e-5;
  const moved = (index: number, by: number) => arrayOf(x.shape, x.data.with(index, (x.data[index] ?? 0) + by));
  return arrayOf(x.shape, (index) => (project(moved(index, h)) - project(moved(index, -h))) / (2 * h));
}

describe('every gradient rule agrees', () => {
  it.each(gradientCases)('with central differences in float64: $name', (gradientCase) => {
    const x = inputOf(gradientCase);
    const { graph } = graphOf(gradientCase, gradientCase.shape[0] ?? 1);
    const seedShape = graph.inputs[1]?.shape.map((extent) => extent ?? 1) ?? [];
    const seed = noiseArray(seedShape, 11);
    const forward = forwardOf(gradientCase);
    const project = (at: NdArray) =>
      valueIn(interpret(forward, { x: at }), 'y').data.reduce((sum, value, i) => sum + value * (seed.data[i] ?? 0), 0);
    const gradient = valueIn(interpret(graph, { x, seed }), 'gradient');
    // Selu's and Erf's constants are kept in float32, which moves their slopes by up to 1e-7.
    expect(relativeDifference(gradient, centralDifferences(project, x))).toBeLessThan(2e-7);
  });

  it.each(gradientCases)('with itself in ONNX Runtime, batch unknown: $name', async (gradientCase) => {
    const x = inputOf(gradientCase);
    const known = graphOf(gradientCase, gradientCase.shape[0] ?? 1);
    const seed = noiseArray(known.graph.inputs[1]?.shape.map((extent) => extent ?? 1) ?? [], 11);
    const expected = interpret(known.graph, { x, seed });
    const { graph } = gradientCase.fixedBatch === true ? known : graphOf(gradientCase, null);
    const actual = await runOnnx(graph, { x, seed });
    for (const name of ['y', 'gradient']) {
      // float32: 6e-8 an operation, a few of them deep, and some cancellation (Div: 2.1e-6).
      expect(relativeDifference(valueIn(actual, name), valueIn(expected, name))).toBeLessThan(4e-6);
    }
  });
});

describe('the cases', () => {
  it('cover every operator that has a rule', () => {
    const covered = new Set(
      gradientCases.flatMap((gradientCase) => graphOf(gradientCase, gradientCase.shape[0] ?? 1).graph.nodes.map(({ op }) => op)),
    );
    expect([...gradientRules.keys()].filter((op) => !covered.has(op))).toEqual([]);
  });

  it.each(gradientCases)('have the inferred shapes: $name', (gradientCase) => {
    const graph = forwardOf(gradientCase);
    const values = interpret(graph, { x: inputOf(gradientCase) });
    const inferred = inferShapes(graph);
    for (const [name, value] of values) expect([name, inferred.get(name)?.shape]).toEqual([name, value.shape]);
  });
});
