import { z } from 'zod';

const names = z.array(z.string().max(1_000)).min(1).max(100);

/**
 * Which evaluations of a run, and which of their settings, are selected. Several names of one kind are alternatives; all kinds
 * must match. A kind that is left out selects all. The command's options and the API's query have the same names.
 */
export const selectionSchema = z.object({
  evaluation: z.array(z.int().nonnegative()).min(1).max(100).exactOptional().meta({
    description: 'Evaluations by their position in the run, as `show` numbers them.',
  }),
  dataset: names.exactOptional().meta({ description: 'Data sets by name.' }),
  model: names.exactOptional().meta({ description: 'Models by name.' }),
  method: names.exactOptional().meta({
    description: 'Evaluations by their names in tables, or all evaluations of a method.',
  }),
  metric: names.exactOptional().meta({ description: 'Metrics by name.' }),
  scoredClass: names.exactOptional().meta({ description: 'Scored classes, as in tables: `predicted`, `label`, `0`.' }),
  keep: names.exactOptional().meta({ description: 'Keep fractions such as `0.3`, and keep thresholds such as `>0`.' }),
  baseline: names.exactOptional().meta({ description: 'Baselines, as in tables: `zero`, `mean`, `blur 5`, `0.5`.' }),
  setting: z.record(z.string(), z.unknown()).exactOptional().meta({ description: 'Settings that contain all of this object.' }),
});
export type Selection = z.infer<typeof selectionSchema>;

/** The selection within a larger object, without the other fields. */
export function selectionOf(value: Selection): Selection {
  return selectionSchema.parse(value);
}

/** What a selection selects from: an evaluation, or one setting of it. */
export interface Selectable {
  /** The position of the evaluation in its run. */
  readonly evaluation: number;
  readonly dataset: string;
  readonly model: string;
  readonly method: string;
  readonly label: string;
  readonly metric?: string;
  readonly scoredClass?: string;
  readonly setting?: Readonly<Record<string, unknown>>;
}
