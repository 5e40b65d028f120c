/** A run of ten methods whose scores Postgres itself makes: a million samples take minutes instead of hours. */
import { newRunId } from '@xaigrid/contracts';
import { metric } from '@xaigrid/metrics';

const { measures, version } = metric('drop-increase');
export const METHODS = 10;
const CLASSES = 10;

/** Plans the run and writes its predictions and scores; returns its id. */
export async function makeSampleStore({ store, client, samples }) {
  const id = newRunId();
  await store.runs.create({
    ...{ id, name: 'many samples', specText: '', versions: { xaigrid: '0', node: process.version, platform: 'any' } },
    evaluations: Array.from({ length: METHODS }, (_, ordinal) => ({
      ...{ plan: plan(ordinal, samples), measures: [measures], shardSize: samples },
    })),
  });
  const evaluations = await store.runs.evaluations(id);
  await client.query(
    `INSERT INTO prediction (prediction_set_id, sample_index, true_class, predicted_class, outputs)
     SELECT $1::integer, i, i % ${CLASSES}, (i + (confidence < 0.4)::integer) % ${CLASSES},
       (array_fill(((1 - confidence) / ${CLASSES - 1})::real, ARRAY[${CLASSES}]))[: (i + (confidence < 0.4)::integer) % ${CLASSES}] || confidence::real ||
       array_fill(((1 - confidence) / ${CLASSES - 1})::real, ARRAY[${CLASSES - 1} - (i + (confidence < 0.4)::integer) % ${CLASSES}])
     FROM (SELECT i, 1 - 0.8 * random() ^ 2 AS confidence FROM generate_series(0, $2::integer - 1) i) p ON CONFLICT DO NOTHING`,
    [evaluations[0].predictionSetId, samples],
  );
  for (const { scoreSetIds, ordinal } of evaluations)
    await client.query(
      `INSERT INTO score (score_set_id, sample_index, degenerate, measures)
       SELECT $1::integer, i, random() < 0.005,
         ARRAY[greatest(eta, 0), (eta < 0)::integer, 1 - eta, (10 * random())::integer, (random() < 0.01)::integer, 12]
       FROM (SELECT i, 1 - 1.3 * random() ^ (0.5 + ($3::integer + i % 3) / 10.0) AS eta FROM generate_series(0, $2::integer - 1) i) s`,
      [scoreSetIds[0], samples, ordinal],
    );
  await store.runs.move(id, ['planned'], 'running');
  await store.runs.move(id, ['running'], 'done');
  return id;
}

const digest = (digit) => digit.repeat(64);

/** A plan as the planner makes it. */
function plan(ordinal, samples) {
  return {
    dataset: {
      ...{ name: 'pretended', kind: 'mnist1d', params: { split: 'test' }, files: [], fingerprint: digest('d'), size: samples },
      ...{ sampleShape: [40, 1], classNames: Array.from({ length: CLASSES }, (_, index) => String(index)) },
    },
    model: {
      ...{ name: 'cnn', format: 'keras-hdf5', fingerprint: digest('f') },
      files: [{ name: 'cnn.h5', sha256: digest('e'), size: 10 }],
    },
    ...{ engine: 'onnxruntime', explainer: { method: 'sise', version: 1, params: {}, files: [] }, explainedClass: 'predicted' },
    ...{ seed: ordinal, samples, label: `method ${ordinal}` },
    settings: [{ metric: 'drop-increase', version, scoredClass: 'predicted', setting: { keepFraction: 0.3, baseline: 'zero' } }],
  };
}
