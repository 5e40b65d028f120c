import { readFileSync } from 'node:fs';
import type { Target } from '@xaigrid/contracts';
import { tensorOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import type { ScoreRequest } from '../src/index.js';
import { softmaxEngine } from './softmax-engine.js';

const samples = z.array(z.array(z.array(z.array(z.number()))));
const flags = z.array(z.boolean());

/** What Quantus makes of small samples: tests/parity/quantus/axiomatic.py. */
export const axiomaticGolden = z
  .object({
    inputs: samples,
    classes: z.array(z.number()),
    completeness: z.array(z.object({ maps: samples, normalised: flags, plain: flags })),
    nonSensitivity: z.array(z.object({ maps: samples, count: z.array(z.number()), softmax: z.boolean() })),
    invariance: z.array(z.object({ maps: samples, again: samples, shifted: samples, invariant: flags })),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/quantus/axiomatic.json', import.meta.url), 'utf8')));

export function tensorOfSamples(rows: z.infer<typeof samples>): Tensor {
  const shape = [rows.length, rows[0]?.length ?? 0, rows[0]?.[0]?.length ?? 0, rows[0]?.[0]?.[0]?.length ?? 0];
  return tensorOf(Float32Array.from(rows.flat(3)), shape);
}

const CLASSES = 3;

/** W[i][c] = (3i + 5c) mod 7 − 3: whole numbers, so that sums are exact. */
export const wholeWeight = (i: number, c: number): number => ((3 * i + 5 * c) % 7) - 3;

/** Softmax or logits of x·W, of whole numbers. */
export function wholeEngine(inputShape: readonly number[]): ScoreRequest['engine'] {
  const size = inputShape.reduce((product, extent) => product * extent, 1);
  const predict = (inputs: Tensor, target: Target = 'probability'): Tensor => {
    const rows = Array.from({ length: inputs.shape[0] ?? 0 }, (_, n) => {
      const logits = Array.from({ length: CLASSES }, (_c, c) => {
        let z_ = 0;
        for (let i = 0; i < size; i++) z_ += (inputs.data[n * size + i] ?? NaN) * wholeWeight(i, c);
        return z_;
      });
      if (target === 'logit') return logits;
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - Math.max(...logits)), 0);
      return logits.map((logit) => Math.exp(logit - Math.max(...logits)) / total);
    });
    return tensorOf(Float32Array.from(rows.flat()), [rows.length, CLASSES]);
  };
  const { engine } = softmaxEngine(inputShape, CLASSES);
  return { ...engine, predict: (inputs, target) => Promise.resolve(predict(inputs, target)) };
}

/** A request of these samples on that engine. */
export async function wholeRequest(
  inputs: Tensor,
  maps: Tensor,
  { classes, settings }: { readonly classes: readonly number[]; readonly settings: ScoreRequest['settings'] },
): Promise<ScoreRequest> {
  const engine = wholeEngine(inputs.shape.slice(1));
  return {
    ...{ engine, inputs, maps, settings, seed: 7 },
    predictions: await engine.predict(inputs),
    classes: Int32Array.from(classes),
    sampleIndices: Int32Array.from(classes, (_, row) => 50 + row),
  };
}
