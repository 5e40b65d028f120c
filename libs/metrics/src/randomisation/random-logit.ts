import { XaigridError } from '@xaigrid/contracts';
import { positionsOfBatch, sampleRandom } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { randomStreams } from '../random-streams.js';
import { redrawingOf } from '../redrawing-of.js';
import { scoreEach } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import {
  assertSimilarityFits,
  mapComparison,
  similarityParameter,
  valuesParameter,
  type SimilarityOptions,
} from './map-similarity.js';

const METRIC = 'random-logit';

const rules = settingRules(
  {
    definition: z.enum(['paper', 'quantus']).default('paper').meta({
      description:
        'How SSIM sees maps. paper: as images of one number a position, cut at their 0.5th and 99.5th percentile, in windows of 5; or those of one map with its signs turned, where these are more alike. quantus: all values in one row, in windows of 7, as Quantus 0.6.0 has them.',
    }),
    similarity: similarityParameter('ssim'),
    values: valuesParameter('signed'),
  },
  {
    several: ['definition', 'similarity', 'values'],
    complete: (setting, { inputShape, classes }) => {
      if (classes < 2) throw new XaigridError('SPEC_INVALID', 'random-logit explains another class, and the model has only one.');
      if (setting.definition === 'quantus' && setting.similarity === 'hog')
        throw new XaigridError(
          'SPEC_INVALID',
          'Quantus compares no histograms of gradients. Use similarity: hog with definition: paper.',
        );
      assertSimilarityFits(similarityOf(setting), inputShape);
      return setting;
    },
  },
);
type Setting = z.infer<typeof rules.setting>;

const similarityOf = ({ definition, similarity, values }: Setting): SimilarityOptions => {
  return { similarity, values, ssimForm: definition === 'quantus' ? 'flat' : 'percentiles' };
};

/**
 * Does a map depend on the class? The sample is explained again for another class, drawn at random, and the two maps are
 * compared. A map that stays similar explains the sample, whatever the class.
 *
 * Random logit test of Sixt, Granz & Landgraf 2020 (ICML, "When explanations lie: why many modified BP attributions fail",
 * arXiv:1912.09818), with SSIM as in the authors' notebooks. The other class is drawn from the sample's own random numbers; all
 * other classes are equally likely.
 *
 * Measures per sample: `classSimilarity` of the two maps; `constantMaps` 1 if one of them is the same everywhere: the similarity
 * is then 0.
 */
export const randomLogit = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Random logit',
  category: 'randomisation',
  source: 'Sixt, Granz & Landgraf, When explanations lie, ICML 2020, arXiv:1912.09818; SSIM as in the authors’ notebooks.',
  summary: 'How alike a map is to that of another class of the same sample.',
  rules,
  headline: 'classSimilarity',
  measures: [
    {
      ...{ name: 'classSimilarity', aggregate: 'mean', title: 'Similarity across classes', direction: 'lower', role: 'result' },
      meaning: 'How alike the map is to that of another class, drawn at random: 1 is a map that knows nothing of the class.',
      range: { low: -1, high: 1 },
    },
    {
      ...{ name: 'constantMaps', aggregate: 'count', title: 'Constant', role: 'check' },
      meaning: 'Samples of which one of the two maps is the same everywhere: their similarity counts as 0.',
      range: { low: 0, high: 1 },
      warning: { text: 'one of the two maps is the same everywhere; its similarity counts as 0' },
    },
  ],
  // Inputs, maps and redrawn maps.
  tensors: 3,
  drawsAgain: () => 1,
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { engine, inputs, maps, seed } = request;
  const { draw, explainedClasses, sampleIndices } = redrawingOf(METRIC, request);
  const own = finiteMaps(maps, request);
  const classes = explainedClasses.map((explained, sample) => {
    const other = sampleRandom(seed, sampleIndices[sample] ?? 0, randomStreams.randomLogit).integer(engine.model.classes - 1);
    return other < explained ? other : other + 1;
  });
  const again = finiteMaps(await draw({ inputs, classes, sampleIndices }), request);
  const [, ...positions] = positionsOfBatch(inputs.shape);
  return scoreEach(request, settings, (sample, setting) => {
    const { prepare, compare } = mapComparison(similarityOf(setting), positions);
    const [before, after] = [own[sample], again[sample]].map((map) => (map === undefined ? undefined : prepare(map)));
    const found = before === undefined || after === undefined ? undefined : compare(before, after);
    return { classSimilarity: found ?? 0, constantMaps: found === undefined ? 1 : 0 };
  });
}
