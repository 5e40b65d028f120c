import { canonicalJson } from '../canonical-json.js';
import type { Spec, SpecExplainer } from './spec.js';

type Evaluations = Spec['evaluations'];

/**
 * Makes labels distinct. If explainers of one model on one data set have the same label, their differences are appended as for a
 * grid: `gradient channels="sum"` and `gradient channels="sum-absolute"`. Explainers that are equal in everything keep one label:
 * they are one evaluation.
 */
export function tellApart(evaluations: Evaluations): Evaluations {
  const alike = new Map<string, SpecExplainer[]>();
  const groupOf = ({ dataset, model }: Evaluations[number], { label }: SpecExplainer): string =>
    JSON.stringify([dataset, model, label]);
  for (const evaluation of evaluations) {
    for (const entry of evaluation.explainers) {
      const key = groupOf(evaluation, entry);
      alike.set(key, [...(alike.get(key) ?? []), entry]);
    }
  }
  return evaluations.map((evaluation) => ({
    ...evaluation,
    explainers: evaluation.explainers.map((entry) => {
      const others = alike.get(groupOf(evaluation, entry)) ?? [];
      return { ...entry, label: [entry.label, ...differences(entry, others)].join(' ') };
    }),
  }));
}

function differences(entry: SpecExplainer, alike: readonly SpecExplainer[]): string[] {
  const described = alike.map(describe);
  const own = describe(entry);
  const names = [...new Set(described.flatMap((other) => Object.keys(other)))];
  return names.flatMap((name) => {
    const value = own[name];
    const same = new Set(described.map((other) => textOf(other[name]))).size === 1;
    return same || value === undefined ? [] : [`${name}=${textOf(value)}`];
  });
}

/** Everything of an entry that changes its maps, by name. */
function describe({ method, params, explainedClass, background }: SpecExplainer): Readonly<Record<string, unknown>> {
  return {
    method,
    ...(typeof params === 'object' ? params : {}),
    explainedClass,
    ...(background === undefined
      ? {}
      : {
          'background.dataset': background.dataset,
          'background.size': background.size,
          'background.selection': background.selection,
        }),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : canonicalJson(value);
}
