import type { ClassPolicy } from '../plan.js';
import type { Located, Spec, SpecExplainer, SpecRegistries } from './spec.js';

type Evaluation = Spec['evaluations'][number];

interface Written extends Evaluation, Located {
  /** Whether controls are asked for. */
  readonly controls: boolean;
}

/**
 * Evaluations with the controls that they ask for, after the methods that they list. One that is listed is not added; listed elsewhere for the
 * same model and data set, it gets the metrics from here too. An added control is about the class that all listed methods are about, or else the
 * one it is about by itself.
 */
export function withControls(evaluations: readonly Written[], registries: SpecRegistries): Evaluation[] {
  const controls = registries.explainers.filter(({ family }) => family === 'control');
  return evaluations.map(({ controls: areAsked, location, ...evaluation }) => {
    const { dataset, model, explainers, metrics } = evaluation;
    const known = evaluations.filter((other) => other.dataset === dataset && other.model === model);
    const missing = controls.filter(({ method }) => areAsked && explainers.every((entry) => entry.method !== method));
    const added = missing.map(({ method, params, defaultExplainedClass }): SpecExplainer & Located => {
      const listed = known.flatMap((other) => other.explainers).find((entry) => entry.method === method);
      const own = { method, label: method, params: params.parse({}) };
      const entry = listed ?? { ...own, explainedClass: classOf(explainers) ?? defaultExplainedClass };
      return { ...entry, location: `${location}, controls`, isAdded: true };
    });
    return { dataset, model, metrics, explainers: [...explainers, ...added] };
  });
}

/** The class that all of them are about. */
function classOf(explainers: readonly SpecExplainer[]): ClassPolicy | undefined {
  const [first, ...others] = new Set(explainers.map(({ explainedClass }) => explainedClass));
  return others.length === 0 ? first : undefined;
}
