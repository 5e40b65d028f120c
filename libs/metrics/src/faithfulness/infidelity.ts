import { canonicalJson } from '@xaigrid/contracts';
import { defineMetric } from '../define-metric.js';
import { zeroMapsCheck } from '../maps/zero-maps.js';
import { wholeOutputsBy, wholePasses } from '../perturbation/target.js';
import { randomOf } from '../random-of.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { infidelities } from './infidelity/infidelities.js';
import { copiesOf, perturbationOf } from './infidelity/perturbations.js';
import { completed, infidelityRules, type InfidelitySetting } from './infidelity/settings.js';

/**
 * Does a map predict how the output changes when the sample changes? The mean of (Σ I·a − (F(x) − F(x − I)))² over random changes
 * I. Yeh et al. 2019 (NeurIPS, "On the (in)fidelity and sensitivity of explanations", arXiv:1901.09392), definition 2.1.
 *
 * Perturbations: `noisy-baseline`, x − I = baseline + normal noise; attributions then mean how fast the output changes
 * (`attributions: local`). `square`, a square of 1 to `side` positions along a side is replaced by the baseline; attributions
 * then mean how much each position contributes (`global`). Both follow the authors' code
 * (github.com/chihkuanyeh/saliency_evaluation), which tries all squares, draws 10 000 times, clips noisy baselines to 0 … 1 and
 * always scales maps (`normalize`). `noise` is the example of Captum's documentation. `blocks` is what Quantus does.
 *
 * `captum` has the defaults of `infidelity` of Captum 0.9.0, and its `normalize`. `quantus` has the defaults of Infidelity of
 * Quantus 0.6.0: blocks of 4 × 4 positions are replaced by the smallest value of the sample, one after the other until all are,
 * and the mean is over the steps. The ten repeats of Quantus give equal results and are left out.
 *
 * Measures per sample: `infidelity`; `zeroMaps` 1 if the map is zero everywhere.
 */
export const infidelity = defineMetric({
  metric: 'infidelity',
  version: 1,
  title: 'Infidelity',
  category: 'faithfulness',
  source:
    'Yeh et al., On the (In)fidelity and Sensitivity of Explanations, NeurIPS 2019, arXiv:1901.09392, definition 2.1; infidelity of Captum 0.9.0; Infidelity of Quantus 0.6.0.',
  summary: 'How far what a map foretells of a change of the sample is from what the output does.',
  rules: infidelityRules,
  headline: 'infidelity',
  measures: [
    {
      ...{ name: 'infidelity', aggregate: 'mean', title: 'Infidelity', direction: 'lower', role: 'result' },
      meaning: 'The mean square of the difference between what the map foretells of a change and what the output does.',
      range: { low: 0 },
      dependsOn: ['scale'],
    },
    zeroMapsCheck('its infidelity is how far the output moves'),
  ],
  // Inputs, maps, baselines and copies.
  tensors: 4,
  passes: (settings, { inputShape }) => {
    const all = settings.map(completed);
    const alone = new Map(all.map((setting) => [perturbedBy(setting), copiesOf(setting, inputShape)]));
    return { forward: wholePasses(all) + [...alone.values()].reduce((sum, copies) => sum + copies, 0), gradient: 0 };
  },
  score: async (request, settings) => {
    const all = settings.map(completed);
    const whole = await wholeOutputsBy(request, all);
    const random = randomOf(request, randomStreams.infidelity);
    const found = new Map<string, Awaited<ReturnType<typeof infidelities>>>();
    return scoreSettings(request, all, async (setting) => {
      const key = perturbedBy(setting);
      const { baseline, target } = setting;
      const perturbation = perturbationOf(setting, request.inputs.shape.slice(1));
      const samples =
        found.get(key) ?? (await infidelities(request, { perturbation, baseline, target, whole: whole(target), random }));
      found.set(key, samples);
      return samples.map(({ zeroMap, ...ways }) => ({
        infidelity: ways[setting.attributions][setting.normalize ? 'normalized' : 'plain'],
        zeroMaps: zeroMap ? 1 : 0,
      }));
    });
  },
});

/** Parts of a setting that say how a map is read and do not change the samples. */
const readings: ReadonlySet<string> = new Set(['definition', 'attributions', 'normalize']);

/** What settings must have in common to ask the model about the same copies. */
function perturbedBy(setting: InfidelitySetting): string {
  return canonicalJson(Object.entries(setting).filter(([key]) => !readings.has(key)));
}
