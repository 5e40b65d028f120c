import { describe, expect, it } from 'vitest';
import { ints, text } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf, int64s } from '../src/constants.js';
import { differentiate } from '../src/gradients/differentiate.js';
import { inferShapes } from '../src/shapes/infer.js';
import { noiseArray, sizeOf } from './reference/array.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';

interface Case {
  readonly mode: string;
  readonly transformation: string;
  readonly rounding: string;
  readonly positions: readonly number[];
  readonly scales: readonly number[];
  /** Whether the node is given sizes; else scales. */
  readonly sized: boolean;
  /** Whether scales or sizes are given of the positions only. */
  readonly named: boolean;
}

const modes = ['nearest', 'linear', 'cubic'];
const transformations = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
];
const roundings = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'];
/** Products with small whole numbers that are whole in float32 and not in float64, or the other way round. */
const awkward = [1.4, 0.7, 1.1, 2.1, 0.3, 1.7, 2.3, 0.6, 1 / 3, 2 / 3, 1.3, 0.9, 3.3, 0.1];

/** Seeded choices; every mode meets every transformation and rounding. */
const cases: Case[] = modes.flatMap((mode, m) =>
  transformations.flatMap((transformation, t) =>
    Array.from({ length: mode === 'nearest' ? 12 : 5 }, (_, index): Case => {
      const noise = noiseArray([8], 100 * m + 20 * t + index).data.map((value) => Math.abs(Math.round(value * 1e6)));
      const pick = <T>(list: readonly T[], at: number) => list[(noise[at] ?? 0) % list.length] as T;
      const positions = [3 + ((noise[0] ?? 0) % 17), 5 + ((noise[1] ?? 0) % 13)];
      const scales = [pick(awkward, 2), pick(awkward, 3)].map((scale, axis) => Math.max(scale, 1.01 / (positions[axis] ?? 1)));
      return {
        ...{ mode, transformation, rounding: roundings[index % 4] ?? 'floor', positions, scales },
        ...{ sized: (noise[4] ?? 0) % 3 === 0, named: (noise[5] ?? 0) % 3 === 0 },
      };
    }),
  ),
);

function resized(builder: GraphBuilder, x: string, { mode, transformation, rounding, positions, scales, sized, named }: Case) {
  const values = sized ? scales.map((scale, axis) => Math.ceil(scale * (positions[axis] ?? 1))) : scales;
  const all = named ? values : [...(sized ? [2, 3] : [1, 1]), ...values];
  const given = builder.constant(sized ? int64s(all) : constantOf('float', [all.length], all));
  return builder.node('Resize', [x, '', ...(sized ? ['', given] : [given])], {
    ...{ mode: text(mode), coordinate_transformation_mode: text(transformation), nearest_mode: text(rounding) },
    ...(named ? { axes: ints([2, 3]) } : {}),
  });
}

const nameOf = ({ positions, scales, sized, ...rest }: Case) =>
  `${rest.mode} ${rest.transformation} ${rest.mode === 'nearest' ? rest.rounding : ''} of ${positions.join(' × ')} ${sized ? 'to about' : 'by'} ${scales.map((s) => s.toPrecision(4)).join(' × ')}`;

describe('Resize, against ONNX Runtime', () => {
  it.each(cases.map((own) => [nameOf(own), own] as const))('%s', async (_, own) => {
    const shape = [2, 3, ...own.positions];
    const forward = new GraphBuilder();
    forward.output(resized(forward, forward.input('x', 'float', shape), own), 'y');
    const x = noiseArray(shape, 7);
    const y = valueIn(await runOnnx(forward.build(), { x }), 'y');
    expect(inferShapes(forward.build()).get('y')?.shape).toEqual(y.shape);

    const backward = new GraphBuilder();
    const input = backward.input('x', 'float', shape);
    const output = resized(backward, input, own);
    const seed = noiseArray(y.shape, 11);
    const [gradient = ''] = differentiate(backward, {
      value: output,
      gradient: backward.input('seed', 'float', y.shape),
      wrt: [input],
    });
    backward.output(gradient, 'gradient');
    const found = valueIn(await runOnnx(backward.build(), { x, seed }), 'gradient');
    // It is linear: Σ seed · resize(x) = Σ gradient · x, whatever x. Sums of some hundred products in float32.
    const sum = (a: Float64Array, b: Float64Array) => a.reduce((total, value, i) => total + value * (b[i] ?? 0), 0);
    const scale = Math.sqrt(sizeOf(y.shape));
    expect(Math.abs(sum(seed.data, y.data) - sum(found.data, x.data)) / scale).toBeLessThan(3e-6);
  });
});
