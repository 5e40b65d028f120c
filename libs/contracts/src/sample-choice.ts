import { z } from 'zod';

/** How a limited run chooses among the samples of a data set; the first is what a spec means that does not say. */
export const choiceRules = ['stratified', 'random', 'first'] as const;
export type ChoiceRule = (typeof choiceRules)[number];

/** What an evaluation takes that takes other samples than the first ones of its data set. */
export const sampleChoiceSchema = z.object({
  choose: z.enum(['stratified', 'random']),
  seed: z.int(),
  /** `choiceKey` of the samples. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type SampleChoice = z.infer<typeof sampleChoiceSchema>;

/** The samples of an evaluation, as plans and stored runs know them. */
export interface SamplesTaken {
  readonly samples: number;
  /** Samples of the data set; runs stored by older versions may not know it. */
  readonly datasetSize?: number | undefined;
  readonly chosen?: Pick<SampleChoice, 'choose' | 'seed'> | undefined;
}

/** The samples of choices as submissions have them. */
export function submittedChoices(choices: ReadonlyMap<string, Int32Array>): { readonly choices?: Record<string, number[]> } {
  if (choices.size === 0) return {};
  return { choices: Object.fromEntries([...choices].map(([key, indices]) => [key, [...indices]])) };
}

/** `50 of 1000 samples: a random choice that keeps classes in proportion, seed 7`, `the first 50 of 1000 samples`, `1000 samples` */
export function samplesInWords({ samples, datasetSize = samples, chosen }: SamplesTaken): string {
  if (chosen !== undefined) {
    const rule = chosen.choose === 'stratified' ? 'a random choice that keeps classes in proportion' : 'a random choice';
    return `${samples} of ${datasetSize} samples: ${rule}, seed ${chosen.seed}`;
  }
  return samples < datasetSize ? `the first ${samples} of ${datasetSize} samples` : `${samples} samples`;
}
