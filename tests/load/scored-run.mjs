/**
 * A run whose workers only pretend: its scores go through the store as a metrics worker's do, shard by shard. The numbers are shaped as
 * drop and increase scores are, and belong together as those do: predictions mostly sure, a third of the masked ones surer still, few
 * ties, one map in 200 degenerate.
 */
import { newRunId } from '@xaigrid/contracts';
import { metric } from '@xaigrid/metrics';
import { sampleRandom } from '@xaigrid/tensor';

const { measures, version } = metric('drop-increase');
const CLASSES = 10;
const methods = ['sise', 'shap-deep', 'shap-gradient', 'grad-cam', 'random'];
const digest = (digit) => digit.repeat(64);

/** A plan as the planner makes it. */
function plan({ ordinal, seed, samples, settings }) {
  const method = methods[ordinal % methods.length];
  return {
    dataset: {
      ...{ name: 'pretended', kind: 'mnist1d', params: { split: 'test' }, files: [], fingerprint: digest('d'), size: samples },
      ...{ sampleShape: [40, 1], classNames: Array.from({ length: CLASSES }, (_, index) => String(index)) },
    },
    model: {
      ...{ name: 'cnn', format: 'keras-hdf5', fingerprint: digest('f') },
      files: [{ name: 'cnn.h5', sha256: digest('e'), size: 10 }],
    },
    engine: 'onnxruntime',
    explainer: { method, version: 1, params: {}, files: [] },
    explainedClass: 'predicted',
    ...{ seed, samples, label: `${method} ${ordinal}` },
    settings: Array.from({ length: settings }, (_, index) => ({
      ...{ metric: 'drop-increase', version, scoredClass: 'predicted' },
      setting: { keepFraction: (index + 1) / settings, baseline: 'zero' },
    })),
  };
}

/** Plans a run of `evaluations` × `settings` × `samples` scores; returns its id. Runs with other seeds share no scores. */
export async function planScoredRun({ store, client, name, firstSeed, evaluations, settings, samples, shardSize }) {
  const plans = Array.from({ length: evaluations }, (_, ordinal) =>
    plan({ ordinal, seed: firstSeed + ordinal, samples, settings }),
  );
  const run = await store.runs.create({
    ...{ id: newRunId(), name, specText: '', versions: { xaigrid: '0', node: process.version, platform: 'any' } },
    evaluations: plans.map((planned) => ({ plan: planned, measures: planned.settings.map(() => measures), shardSize })),
  });
  const stored = await store.runs.evaluations(run.id);
  for (const id of new Set(stored.map(({ predictionSetId }) => predictionSetId))) await predict(client, id, samples);
  return run.id;
}

/** Writes what is missing of the run's scores; `onShard(scores, seconds)` hears what each shard took. */
export async function writeScores({ store, runId, onShard }) {
  const evaluations = new Map((await store.runs.evaluations(runId)).map((evaluation) => [evaluation.id, evaluation]));
  for (let afterId = -1; ;) {
    const shards = await store.shards.page(runId, { states: ['planned'], afterId, limit: 500 });
    for (const shard of shards) {
      const { scoreSetIds, ordinal } = evaluations.get(shard.evaluationId);
      const scores = scoreSetIds.map((id, s) => scoresOf(id, { ordinal, s, ...shard }));
      const computed = scoreSetIds.length * (shard.end - shard.start);
      const started = performance.now();
      await store.shards.completeScore({ shardId: shard.id, scores, computed, reused: 0 });
      onShard(computed, (performance.now() - started) / 1000);
    }
    if (shards.length === 0) return;
    afterId = shards.at(-1).id;
  }
}

/** Labels and predictions, without outputs: nothing here reads those. */
async function predict(client, predictionSetId, samples) {
  await client.query(
    `INSERT INTO prediction SELECT $1::integer, i, (i * 7) % ${CLASSES}, (i * 7 + (i % 9 = 0)::integer) % ${CLASSES}, '{}'
     FROM generate_series(0, $2::integer - 1) i ON CONFLICT DO NOTHING`,
    [predictionSetId, samples],
  );
}

function scoresOf(scoreSetId, { ordinal, s, start, end }) {
  const count = end - start;
  const columns = measures.map(() => new Float64Array(count));
  const degenerate = [];
  for (let i = 0; i < count; i += 1) {
    const { uniform: random } = sampleRandom(ordinal, start + i, s);
    const whole = Math.fround(1 - 0.6 * random() ** 2);
    const masked = Math.fround(random() < 1 / 3 ? whole + (1 - whole) * random() : whole * random());
    const eta = (whole - masked) / (whole + 1e-100);
    const row = {
      ...{ drop: Math.max(eta, 0), increase: eta < 0 ? 1 : 0, maskedProbability: masked },
      ...{ maskedClass: Math.floor(random() * CLASSES), ties: random() < 0.01 ? Math.ceil(random() * 5) : 0 },
      kept: 4 * (s + 1) - (random() < 0.01 ? 1 : 0),
    };
    for (const [m, { name }] of measures.entries()) columns[m][i] = row[name];
    degenerate.push(random() < 0.005);
  }
  return { scoreSetId, sampleIndices: Int32Array.from({ length: count }, (_, i) => start + i), measures: columns, degenerate };
}
