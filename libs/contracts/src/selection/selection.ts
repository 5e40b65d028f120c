import { z } from 'zod';

const names = z.array(z.string().max(1_000)).min(1).max(100);

/**
 * What is chosen of a run's evaluations and of the settings they are scored at. Several names of one kind are alternatives, kinds must all
 * fit; what is left out leaves nothing out. The command's options and the API's query are called the same.
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

/** The selection of something that has one: nothing else of it. */
export function selectionOf(value: Selection): Selection {
  return selectionSchema.parse(value);
}

/** What can be chosen: an evaluation, or one setting of it. */
export interface Selectable {
  /** Position of the evaluation in its run. */
  readonly evaluation: number;
  readonly dataset: string;
  readonly model: string;
  readonly method: string;
  readonly label: string;
  readonly metric?: string;
  readonly scoredClass?: string;
  readonly setting?: Readonly<Record<string, unknown>>;
}
