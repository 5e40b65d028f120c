import { selectionSchema, type Selection } from '@xaigrid/contracts';

/** What `withSelectionOptions` collects; empty where an option is not given. */
export interface SelectionOptions {
  readonly dataset: readonly string[];
  readonly model: readonly string[];
  readonly method: readonly string[];
  readonly metric: readonly string[];
  readonly scoredClass: readonly string[];
  readonly keep: readonly string[];
  readonly baseline: readonly string[];
  readonly evaluation: readonly number[];
}

export function selectionFrom(options: SelectionOptions): Selection {
  const { dataset, model, method, metric, scoredClass, keep, baseline, evaluation } = options;
  const lists = Object.entries({ dataset, model, method, metric, scoredClass, keep, baseline, evaluation });
  return selectionSchema.parse(Object.fromEntries(lists.filter(([, names]) => names.length > 0)));
}
