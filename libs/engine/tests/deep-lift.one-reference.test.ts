import { explainedOfRows, rowsOf } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { relativeError } from './comparison.js';
import { kerasModels } from './models/keras-models.js';
import { pick, roundRobin, samplesFor } from './models/samples.js';
import { closeEngines, engineFor } from './models/test-engines.js';

afterAll(closeEngines);

/** More than one pass takes of the smallest model, and no multiple. */
const SAMPLES = 141;

describe.each(kerasModels)('DeepLIFT against one reference, $name', (model) => {
  it('gives many samples what each gets alone, bit for bit, and what the same reference twice gives', async () => {
    const engine = await engineFor('onnxruntime', model);
    const reference = samplesFor(model, 1, 7);
    const inputs = samplesFor(model, SAMPLES, 1);
    const classes = roundRobin(SAMPLES, engine.model.classes);
    const contrasts = classes.map((own) => (own + 1) % engine.model.classes);
    const [one, twice] = [await engine.deepLift(reference), await engine.deepLift(pick(reference, [0, 0]))];
    for (const explained of [{ classes }, { classes, contrasts }]) {
      const { attributions, outputs, expected } = await one.attribute({ inputs, ...explained });
      for (const row of [0, 1, 40, SAMPLES - 1]) {
        const own = explainedOfRows(explained, Int32Array.of(row));
        const alone = await one.attribute({ inputs: pick(inputs, [row]), ...own });
        expect(rowsOf(attributions, row, row + 1).data).toEqual(alone.attributions.data);
        expect([outputs[row], expected[row]]).toEqual([alone.outputs[0], alone.expected[0]]);
      }
      const first = { inputs: rowsOf(inputs, 0, 3), ...explainedOfRows(explained, Int32Array.of(0, 1, 2)) };
      const again = await twice.attribute(first);
      // Float32, and multipliers that divide by small differences.
      expect(relativeError(rowsOf(attributions, 0, 3).data, again.attributions.data)).toBeLessThan(1e-4);
    }
    await one.close();
    await twice.close();
  });
});
