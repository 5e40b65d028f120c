import { canonicalJson, TIED_SAMPLES, XaigridError } from '@xaigrid/contracts';
import { argmaxRows, sampleRandom, type Tensor } from '@xaigrid/tensor';
import { defineMetric } from '../define-metric.js';
import { engineBaseline } from '../perturbation/baseline.js';
import { byLot, keepRules, type KeepRules } from './drop-increase/keep-rules.js';
import { dropIncreaseRules, type DropIncreaseSetting } from './drop-increase/settings.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import { maskedOutputs } from '../perturbation/masked-outputs.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { randomStreams } from '../random-streams.js';
import { sampleName } from '../sample-name.js';

/** If one class has this share of the masked inputs or more, the rates say more about the mask than about the map. */
const COLLAPSE = 0.8;

/** Keeps η finite if the model's output on the whole sample is 0. */
const EPSILON = 1e-100;

/**
 * Drop and increase rate: how the model's output changes if only the positions that an explanation ranks highest stay
 * (Chattopadhay et al., "Grad-CAM++", WACV 2018, arXiv:1710.11063; here positions are removed instead of dimmed).
 *
 * With n values in the map and keep fraction f: k = ⌊n·f⌋, and θ is the k-th value in descending order, counted from 0. A
 * position is kept if and only if its value > θ (f = 1 keeps all). So no value equal to θ is kept; with `ties: random` exactly k
 * are kept, and the seed decides which of the equal ones. At a keep threshold τ, a position is kept if and only if its value > τ.
 * Removed positions get the baseline. A map without channels removes all channels of a position together; a map with channels is
 * ranked over all its values. Y = p_c(x), O = p_c(x′), η = (Y − O)/(Y + 1e-100), in float64 on the engine's float32 outputs.
 *
 * Measures per sample: `drop` max(η, 0); `increase` 1 if η < 0; `maskedProbability` O; `maskedClass` argmax p(x′), the first of
 * several; tables show its collapse, the largest share of one class; `ties` 1 if values equal to θ make the number of values
 * above θ differ from k (0 at keep thresholds, which rank nothing); `kept` the share of values that were kept.
 */
export const dropIncrease = defineMetric({
  metric: 'drop-increase',
  version: 2,
  title: 'Drop and increase',
  category: 'faithfulness',
  source:
    'Chattopadhay et al., Grad-CAM++, WACV 2018, arXiv:1710.11063: average drop and increase in confidence, with positions removed in place of dimmed.',
  summary: 'How much the output falls, or how often it rises, when only the highest-ranked positions stay.',
  rules: dropIncreaseRules,
  headline: 'drop',
  sweeps: [
    { key: 'keepFraction', title: 'Keep fraction' },
    { key: 'keepThreshold', title: 'Keep threshold' },
  ],
  measures: [
    {
      ...{ name: 'drop', aggregate: 'mean', title: 'Drop rate', direction: 'lower', role: 'result' },
      meaning: 'The share of the output that is lost when only the kept positions stay.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'increase', aggregate: 'share', title: 'Increase rate', direction: 'higher', role: 'result' },
      meaning: 'The share of samples whose output rises when only the kept positions stay.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'maskedProbability', aggregate: 'mean', title: 'Output kept', direction: 'higher', role: 'detail' },
      meaning: 'The output for the scored class when only the kept positions stay.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'maskedClass', aggregate: 'collapse', title: 'Collapse', role: 'check' },
      meaning: 'The largest share of one class among the predictions for masked inputs.',
      range: { low: 0 },
      warning: {
        code: 'collapse',
        from: COLLAPSE,
        text: 'masked inputs go to one class, so that the rates say more about the mask than about the maps',
      },
    },
    {
      ...{ name: 'ties', aggregate: 'count', title: 'Tied', role: 'check' },
      meaning:
        'Samples of whose map values at the threshold are equal, so that fewer positions lie above it than were asked for.',
      range: { low: 0, high: 1 },
      warning: {
        code: 'ties',
        from: TIED_SAMPLES,
        text: 'values at the threshold are equal: fewer positions lie above it than were asked for',
      },
    },
    {
      ...{ name: 'kept', aggregate: 'mean', title: 'Share kept', role: 'detail' },
      meaning: 'The share of a map’s values that were kept.',
      range: { low: 0, high: 1 },
    },
  ],
  divisor: ({ divisor }) => (divisor === undefined ? undefined : { value: divisor, measures: ['drop', 'increase'] }),
  // Inputs, maps and baselines.
  tensors: 3,
  rowsPerSetting: true,
  passes: (settings) => ({ forward: settings.length, gradient: 0 }),
  score,
});

async function score(request: ScoreRequest, settings: readonly DropIncreaseSetting[]): Promise<Scores> {
  const maps = fittedMaps(request.maps, request.inputs);
  const samples = request.inputs.shape[0] ?? 0;
  const rules = keepRules(maps, settings, (sample) =>
    sampleRandom(request.seed, request.sampleIndices?.[sample] ?? sample, randomStreams.dropIncrease),
  );
  const outputs = await outputsAtSettings(request, maps, settings, rules);
  const classCount = request.predictions.shape[1] ?? 0;
  const drop = new Float64Array(settings.length * samples);
  const increase = new Float64Array(drop.length);
  const maskedProbability = new Float64Array(drop.length);
  const maskedClass = Float64Array.from(argmaxRows({ shape: [drop.length, classCount], data: outputs }));
  for (let at = 0; at < drop.length; at++) {
    const sample = at % samples;
    const scored = request.classes[sample] ?? -1;
    const whole = request.predictions.data[sample * classCount + scored] ?? NaN;
    const masked = outputs[at * classCount + scored] ?? NaN;
    const eta = (whole - masked) / (whole + EPSILON);
    if (!Number.isFinite(eta)) throw notFinite(request, sample, Math.floor(at / samples), { whole, masked });
    drop[at] = Math.max(eta, 0);
    increase[at] = eta < 0 ? 1 : 0;
    maskedProbability[at] = masked;
  }
  return { measures: { drop, increase, maskedProbability, maskedClass, ties: rules.ties, kept: rules.kept } };
}

/** The outputs on the masked samples, `[settings, n, classes]`. One engine call for each combination of baseline and ranking. */
async function outputsAtSettings(
  { engine, sampleIndices, shared, inputs, predictions, signal }: ScoreRequest,
  maps: Tensor,
  settings: readonly DropIncreaseSetting[],
  { thresholds, places = maps }: KeepRules,
): Promise<Float32Array<ArrayBuffer>> {
  const samples = inputs.shape[0] ?? 0;
  const classCount = predictions.shape[1] ?? 0;
  const outputs = new Float32Array(thresholds.length * classCount);
  const keys = settings.map((setting) => canonicalJson([setting.baseline, byLot(setting)]));
  for (const key of new Set(keys)) {
    signal?.throwIfAborted();
    const group = settings.flatMap((setting, s) => (keys[s] === key ? [{ setting, s }] : []));
    const [first] = group;
    if (first === undefined) continue;
    const rows = group.flatMap(({ s }) => Array.from({ length: samples }, (_, sample) => s * samples + sample));
    const masked = await maskedOutputs(
      { engine, sampleIndices, shared },
      {
        inputs,
        sampleOf: Int32Array.from(rows, (row) => row % samples),
        masks: { maps: byLot(first.setting) ? places : maps, above: Float32Array.from(rows, (row) => thresholds[row] ?? NaN) },
        baseline: engineBaseline(first.setting.baseline, inputs),
      },
    );
    for (const [i, row] of rows.entries()) {
      outputs.set(masked.data.subarray(i * classCount, (i + 1) * classCount), row * classCount);
    }
  }
  return outputs;
}

function notFinite(
  request: ScoreRequest,
  sample: number,
  setting: number,
  outputs: { readonly whole: number; readonly masked: number },
): XaigridError {
  return new XaigridError(
    'NOT_FINITE',
    `${sampleName(request, sample)} has no drop at ${canonicalJson(request.settings[setting])}: the output is ${outputs.whole} on the sample and ${outputs.masked} on the masked sample. Check the sample, the baseline and the model's weights for extreme values.`,
  );
}
