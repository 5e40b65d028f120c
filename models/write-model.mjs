import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { format, resolveConfig } from 'prettier';

/**
 * Writes a trained model's model.json and weights.bin, and its training log, into a folder.
 *
 * @param {string} folder
 * @param {import('@tensorflow/tfjs').LayersModel} model
 * @param {object} trainingLog
 */
export async function writeModel(folder, model, trainingLog) {
  await model.save(
    tf.io.withSaveHandler(async ({ weightSpecs, weightData, modelTopology, ...described }) => {
      await writeJson(join(folder, 'model.json'), {
        format: described.format,
        generatedBy: described.generatedBy,
        convertedBy: null,
        modelTopology,
        weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      });
      writeFileSync(join(folder, 'weights.bin'), new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  await writeJson(join(folder, 'training-log.json'), trainingLog);
}

/** As the repository formats its files, so that training again leaves no difference. */
async function writeJson(path, value) {
  const style = await resolveConfig(fileURLToPath(import.meta.url));
  writeFileSync(path, await format(JSON.stringify(value), { ...style, parser: 'json' }));
}
