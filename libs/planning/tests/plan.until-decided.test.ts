import { fileURLToPath } from 'node:url';
import { choiceKey, parseSpec } from '@xaigrid/contracts';
import { chooseSamples, randomOrder } from '@xaigrid/datasets';
import { describe, expect, it } from 'vitest';
import { planRun, type PlannedRun } from '../src/plan-run.js';
import { registries } from '../src/registries.js';

const baseFolder = fileURLToPath(new URL('../../../', import.meta.url));

function plan(
  untilDecided: unknown,
  {
    explainers = ['sise', 'gradient', 'random'],
    insertion = {},
    more = {},
  }: { explainers?: unknown[]; insertion?: object; more?: object } = {},
): Promise<PlannedRun> {
  const text = JSON.stringify({
    ...{ name: 'digits', untilDecided, ...more },
    datasets: { digits: { kind: 'mnist1d', samplesPerClass: 40 } },
    models: { cnn: { path: 'models/mnist1d-cnn/model.json' } },
    evaluations: [
      {
        ...{ dataset: 'digits', model: 'cnn', explainers },
        metrics: [
          { metric: 'drop-increase', keepFractions: [0.3, 0.1] },
          { metric: 'deletion-insertion', ...insertion },
        ],
      },
    ],
  });
  return planRun(parseSpec({ text, source: 'digits.json', registries, environment: {} }), { baseFolder });
}

/** The pairs in short: positions, metric, measure and keep fraction. */
async function pairsOf(...asked: Parameters<typeof plan>): Promise<string[]> {
  const { untilDecided } = await plan(...asked);
  return (untilDecided?.pairs ?? []).map(
    ({ first, second, metric, measure, setting }) =>
      `${first} ${second} ${metric} ${measure} ${JSON.stringify(setting.keepFraction)}`,
  );
}

describe('untilDecided', () => {
  it('is about methods that are no controls, the first metric, its headline and its first setting', async () => {
    expect(await pairsOf(true)).toEqual(['0 1 drop-increase drop 0.3']);
    expect(await pairsOf(false)).toEqual([]);
  });

  it('may have a width above 1 where a setting reads logits, which have no bounds', async () => {
    const { untilDecided } = await plan({ metric: 'deletion-insertion', within: 2 }, { insertion: { target: 'logit' } });
    expect(untilDecided?.within).toBe(2);
  });

  it.each([
    [{ metric: 'deletion-insertion' }, ['0 1 deletion-insertion insertion undefined']],
    [{ measure: 'increase', setting: { keepFraction: 0.1 } }, ['0 1 drop-increase increase 0.1']],
    [{ setting: { baseline: 'zero' } }, ['0 1 drop-increase drop 0.3', '0 1 drop-increase drop 0.1']],
    [{ methods: ['sise', 'random'] }, ['0 2 drop-increase drop 0.3']],
    [{ against: 'random' }, ['0 2 drop-increase drop 0.3', '1 2 drop-increase drop 0.3']],
  ])('%j asks for %j', async (asked, pairs) => {
    expect(await pairsOf(asked)).toEqual(pairs);
  });

  it('starts with the first samples of a random order, which are those of a limit', async () => {
    const { evaluations, choices, untilDecided, notes } = await plan({ seed: 7, most: 64, alpha: 0.01, within: 0.1 });
    const [first] = evaluations;
    const size = first?.plan.dataset.size ?? 0;
    const taken = chooseSamples({ size, samples: 50, seed: 7 });
    expect(first?.plan).toMatchObject({ samples: 50, chosen: { choose: 'until-decided', seed: 7, sha256: choiceKey(taken) } });
    expect([...choices.values()]).toEqual([taken]);
    expect([...randomOrder({ size, seed: 7 })].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, at) => at));
    for (const most of [0, 1, 50, size])
      expect(randomOrder({ size, seed: 7, most })).toEqual(randomOrder({ size, seed: 7 }).slice(0, most));
    expect(untilDecided).toMatchObject({ alpha: 0.01, within: 0.1, most: 64, seed: 7 });
    expect(notes.join(' ')).toContain(`Until decided: 1 pair of methods by drop of drop-increase`);
    expect(notes.join(' ')).toContain(`on 50 to 64 of ${size} samples of "digits" (cnn).`);
  });

  it.each([
    [
      true,
      { explainers: ['sise', 'random'] },
      /needs two methods to tell apart; data set "digits" \(model "cnn"\) has only sise\./,
    ],
    [true, { explainers: ['random', 'constant'] }, /has none that is no control/],
    [
      true,
      {
        explainers: [
          { method: 'sise', name: 'a' },
          { method: 'sise', name: 'b' },
        ],
      },
      /has a, b, whose maps are the same\. Add a method/,
    ],
    [true, { more: { limit: 20 } }, /limit: 20 and untilDecided do not go together/],
    [{ within: 1 }, {}, /untilDecided\.within: 1 is as much as any two scores of drop .* Take less than 1\./],
    [{ metric: 'drop' }, {}, /untilDecided\.metric: .* has no metric "drop"/],
    [{ metric: 'sparseness' }, {}, /untilDecided\.metric: .* There are: drop-increase, deletion-insertion\./],
    [{ measure: 'dorp' }, {}, /has no measure "dorp"\. Did you mean "drop"\?/],
    [{ measure: 'ties' }, {}, /"ties" of drop-increase cannot tell which of two methods is better/],
    [{ setting: { keepFraction: 0.2 } }, {}, /untilDecided\.setting: .* has no setting/],
    [{ methods: ['sise', 'shap'] }, {}, /untilDecided\.methods: .* has no method "shap"/],
    [{ against: 'shap' }, {}, /untilDecided\.against: .* has no method "shap"/],
    [{ alpha: 0 }, {}, /untilDecided\.alpha/],
    [{ within: 0 }, {}, /untilDecided\.within/],
    [{ most: 0 }, {}, /untilDecided\.most/],
    [{ alhpa: 0.1 }, {}, /unknown key "alhpa"\. Did you mean "alpha"\?/],
    ['yes', {}, /untilDecided/],
  ])('%j is refused, with %j', async (asked, options, sentence) => {
    await expect((async () => plan(asked, options))()).rejects.toThrow(
      expect.objectContaining({ code: 'SPEC_INVALID', message: expect.stringMatching(sentence) as string }),
    );
  });
});
