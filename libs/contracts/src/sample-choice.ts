import { z } from 'zod';

/** The rules by which a limited run chooses samples. The first is the default. */
export const choiceRules = ['stratified', 'random', 'first'] as const;
export type ChoiceRule = (typeof choiceRules)[number];

/** The samples of an evaluation that does not take the first ones of its data set. */
export const sampleChoiceSchema = z.object({
  /** `until-decided`: at random, as many as it took. */
  choose: z.enum(['stratified', 'random', 'until-decided']),
  seed: z.int(),
  /** `choiceKey` of the samples. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type SampleChoice = z.infer<typeof sampleChoiceSchema>;

/** How many samples of which data set an evaluation takes, and by which rule. */
export interface SamplesTaken {
  readonly samples: number;
  /** The number of samples in the data set. Runs of older versions may lack it. */
  readonly datasetSize?: number | undefined;
  readonly chosen?: Pick<SampleChoice, 'choose' | 'seed'> | undefined;
}

/** Choices as the field `choices` of a submission; no field if there are none. */
export function submittedChoices(choices: ReadonlyMap<string, Int32Array>): { readonly choices?: Record<string, number[]> } {
  if (choices.size === 0) return {};
  return { choices: Object.fromEntries([...choices].map(([key, indices]) => [key, [...indices]])) };
}

const rulesInWords: Readonly<Record<SampleChoice['choose'], string>> = {
  stratified: 'a random choice that keeps classes in proportion',
  random: 'a random choice',
  'until-decided': 'in random order, to decide between methods',
};

/**
 * The samples in words: `50 of 1000 samples: a random choice that keeps classes in proportion, seed 7`, `the first 50 of 1000
 * samples`, `1000 samples`.
 */
export function samplesInWords({ samples, datasetSize = samples, chosen }: SamplesTaken): string {
  if (chosen !== undefined) {
    const { [chosen.choose]: rule } = rulesInWords;
    return `${samples} of ${datasetSize} samples: ${rule}, seed ${chosen.seed}`;
  }
  return samples < datasetSize ? `the first ${samples} of ${datasetSize} samples` : `${samples} samples`;
}
