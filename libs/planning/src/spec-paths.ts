import type { Spec } from '@xaigrid/contracts';
import { datasetKind } from '@xaigrid/datasets';
import { explainer } from '@xaigrid/explainers';

/** Every path in a spec, as written: the paths of models, and those that data sets and methods declare. */
export function specPaths({ models, datasets, evaluations }: Spec): string[] {
  return [
    ...Object.values(models).map(({ path }) => path),
    ...Object.values(datasets).flatMap(({ kind, params }) => datasetKind(kind).paths?.(params) ?? []),
    ...evaluations.flatMap(({ explainers }) =>
      explainers.flatMap(({ method, params }) => {
        const given = new Map(Object.entries(params as object));
        return (explainer(method).fileParams ?? []).map((name) => String(given.get(name)));
      }),
    ),
  ];
}
