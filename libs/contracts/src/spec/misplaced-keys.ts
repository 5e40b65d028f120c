import type { Path } from './document.js';
import { knownKeys } from './known-keys.js';
import {
  backgroundSchema,
  commonExplainerSchema,
  commonMetricSchema,
  evaluationSchema,
  modelSchema,
  outlineSchema,
} from './schema.js';
import type { SpecRegistries } from './spec.js';

/** Every part of a spec that has its own keys, by its name in messages. */
const parts = {
  top: 'the top of the spec',
  dataset: 'a data set',
  model: 'a model',
  evaluation: 'an entry of evaluations',
  explainer: 'an entry of explainers',
  background: 'a background',
  metric: 'an entry of metrics',
} as const;
type Part = keyof typeof parts;

/**
 * ` "limit" belongs to the top of the spec, not to an entry of evaluations.` for an unknown key that another part of a spec has;
 * otherwise the empty string. A key that only one method, metric or kind of data set knows counts as a key of all of them.
 * @param path of the object that has the key
 */
export function belonging(key: string, path: Path, registries: SpecRegistries): string {
  const here = partAt(path);
  if (here === undefined) return '';
  const keys = keysOf(registries);
  if (keys[here].includes(key)) return '';
  const homes = partNames.filter((part) => keys[part].includes(key)).map((part) => parts[part]);
  const last = homes.pop();
  if (last === undefined) return '';
  const all = homes.length > 0 ? `${homes.join(', to ')} or to ${last}` : last;
  return ` "${key}" belongs to ${all}, not to ${parts[here]}.`;
}

const partNames = Object.keys(parts) as Part[];

function partAt(path: Path): Part | undefined {
  const [list, , entries, , background] = path;
  if (path.length === 0) return 'top';
  if (list === 'evaluations' && entries === 'explainers')
    return path.length === 4 ? 'explainer' : path.length === 5 && background === 'background' ? 'background' : undefined;
  if (list === 'evaluations' && entries === 'metrics') return path.length === 4 ? 'metric' : undefined;
  if (path.length !== 2) return undefined;
  return list === 'evaluations' ? 'evaluation' : list === 'datasets' ? 'dataset' : list === 'models' ? 'model' : undefined;
}

function keysOf({ datasets, explainers, metrics }: SpecRegistries): Record<Part, readonly string[]> {
  return {
    top: knownKeys(outlineSchema),
    dataset: ['kind', ...datasets.flatMap(({ params }) => knownKeys(params))],
    model: knownKeys(modelSchema),
    evaluation: knownKeys(evaluationSchema),
    explainer: [...knownKeys(commonExplainerSchema), ...explainers.flatMap(({ params }) => knownKeys(params))],
    background: knownKeys(backgroundSchema),
    metric: [...knownKeys(commonMetricSchema), ...metrics.flatMap(({ params }) => knownKeys(params))],
  };
}
