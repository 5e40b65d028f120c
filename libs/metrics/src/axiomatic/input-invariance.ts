import type { Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { zeroMapsCheck } from '../maps/zero-maps.js';
import type { ScoreRequest } from '../metric.js';
import { redrawingOf } from '../redrawing-of.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';

const METRIC = 'input-invariance';

const rules = settingRules(
  {
    definition: z.enum(['paper', 'quantus']).default('paper').meta({
      description:
        'paper: every value of the sample is shifted. quantus: every value but the first of the first channel, as Quantus 0.6.0 does, while the model is shifted for all.',
    }),
    shift: z.number().min(-1e6).max(1e6).default(-1).meta({
      description: 'What is added to every value of a sample, and taken off again inside the model.',
    }),
  },
  { several: ['definition', 'shift'] },
);
type Setting = z.infer<typeof rules.setting>;

/**
 * Does a map stay the same if only the origin of the input moves? A constant s is added to the sample, and a model variant
 * subtracts it before its first layer: f'(x + s) = f(x), with the same gradients. Φ is the map of the sample on f, Φ' the map of
 * the shifted sample on f'.
 *
 * Input invariance of Kindermans et al. 2017 ("The (un)reliability of saliency methods", arXiv:1711.00867), section 2. The paper
 * changes the bias of the first layer. Here the subtraction is a node of its own, which is exact even if the first layer pads. A
 * method's baseline or background is not shifted: the paper shows that maps of such methods move.
 *
 * Measures per sample: `invarianceError` ‖Φ' − Φ‖ / ‖Φ‖; `invariant` 1 if no value differs by more than 10⁻⁴ + 10⁻⁵ of it, as in
 * Quantus; `zeroMaps` 1 if Φ is zero everywhere: its distance is not divided.
 */
export const inputInvariance = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Input invariance',
  category: 'axiomatic',
  source:
    'Kindermans et al., The (un)reliability of saliency methods, 2017, arXiv:1711.00867; the tolerance of InputInvariance of Quantus 0.6.0.',
  summary: 'How far a map moves when sample and model are shifted together, so that nothing changes.',
  rules,
  headline: 'invarianceError',
  sweeps: [{ key: 'shift', title: 'shift' }],
  measures: [
    {
      ...{ name: 'invarianceError', aggregate: 'mean', title: 'Invariance error', direction: 'lower', role: 'result' },
      meaning: 'How far the map moves, as a share of its size: 0 is a map that does not see the shift.',
      range: { low: 0 },
      scale: 1,
    },
    {
      ...{ name: 'invariant', aggregate: 'share', title: 'Invariant', direction: 'higher', role: 'result' },
      meaning: 'The share of samples of whose map no value differs by more than 0.0001, and a hundred-thousandth of it.',
      range: { low: 0, high: 1 },
    },
    zeroMapsCheck('how far it moves is not divided by its size'),
  ],
  // Inputs, shifted inputs, maps and those that are drawn again.
  tensors: 4,
  drawsAgain: (settings) => settings.length,
  score: async (request, settings) => {
    const own = finiteMaps(request.maps, request);
    return scoreSettings(request, settings, async (setting) => {
      const again = await shiftedMaps(request, setting);
      return own.map((map, sample) => distance(map, again[sample] ?? new Float32Array()));
    });
  },
});

async function shiftedMaps(request: ScoreRequest, { definition, shift }: Setting): Promise<Float32Array[]> {
  const { inputs, signal } = request;
  signal?.throwIfAborted();
  const { onVariant, explainedClasses: classes, sampleIndices } = redrawingOf(METRIC, request);
  const shifted = { shape: inputs.shape, data: inputs.data.map((value) => value + shift) };
  if (definition === 'quantus') keepFirst(shifted, inputs);
  return finiteMaps(await onVariant({ inputShift: shift }, (draw) => draw({ inputs: shifted, classes, sampleIndices })), request);
}

function keepFirst(shifted: Tensor, { data, shape: [samples = 1] }: Tensor): void {
  const size = data.length / samples;
  for (let at = 0; at < data.length; at += size) shifted.data[at] = data[at] ?? NaN;
}

function distance(own: Float32Array, again: Float32Array) {
  let [squares, size, isClose] = [0, 0, true];
  for (const [at, value] of own.entries()) {
    const other = again[at] ?? NaN;
    squares += (other - value) ** 2;
    size += value ** 2;
    if (!(Math.abs(other - value) <= 1e-4 + 1e-5 * Math.abs(other))) isClose = false;
  }
  const norm = size === 0 ? 1 : Math.sqrt(size);
  return { invarianceError: Math.sqrt(squares) / norm, invariant: isClose ? 1 : 0, zeroMaps: size === 0 ? 1 : 0 };
}
