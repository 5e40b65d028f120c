import { z } from 'zod';

/**
 * What can speak against a row of a table, by its code: programs test the code. Tables for people have the mark in the row and the meaning
 * below. In the order in which they are told.
 */
export const reasonsAgainst = {
  'not-better-than-random': { mark: 'r', meaning: 'no better than random maps, on the samples that both have' },
  degenerate: { mark: 'd', meaning: 'some maps are the same everywhere, and count in the means' },
  collapse: { mark: 'c', meaning: 'masked inputs go to one class: the rates say more about the mask than about the maps' },
  'same-scores': { mark: 's', meaning: 'all samples have the same score, which tells nothing apart' },
  ties: { mark: 't', meaning: 'equal values leave the order of positions to chance in a tenth of the maps or more' },
  'order-depends-on-setting': { mark: 'o', meaning: 'another setting of the metric puts the methods in another order' },
  'not-told-apart': { mark: 'a', meaning: 'the samples that the run took do not decide between the method and another' },
  check: { mark: 'k', meaning: 'a check of the metric speaks against the scores' },
  'sum-missed': { mark: 'm', meaning: 'some maps do not add up to what they explain' },
  undecided: { mark: 'u', meaning: 'some maps depend on rounding' },
  incomplete: { mark: 'i', meaning: 'not all samples are scored' },
} as const;

export type ReasonCode = keyof typeof reasonsAgainst;

const reasonCodes = Object.keys(reasonsAgainst) as ReasonCode[];

export const reasonCodeSchema = z.enum(reasonCodes);

export const reasonSchema = z.object({
  code: reasonCodeSchema,
  text: z.string().meta({ description: 'What speaks against this row, in words: how much, or what of.' }),
});
/** One thing that speaks against a row. */
export type Reason = z.output<typeof reasonSchema>;

/** The codes of some reasons, each once, in the order in which they are told. */
export function codesOf(reasons: readonly Pick<Reason, 'code'>[]): ReasonCode[] {
  const found = new Set(reasons.map(({ code }) => code));
  return reasonCodes.filter((code) => found.has(code));
}
