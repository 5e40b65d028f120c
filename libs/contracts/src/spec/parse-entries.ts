import type { z } from 'zod';
import { didYouMean } from '../suggest.js';
import { classPolicySchema, type ClassPolicy } from '../plan.js';
import type { Path } from './document.js';
import { gridPoints } from './grid.js';
import { check, type SpecIssue } from './issues.js';
import { knownKeys } from './known-keys.js';
import { commonExplainerSchema, commonMetricSchema, type SpecOutline } from './schema.js';
import type { SpecDataset, SpecExplainer, SpecMetric, SpecRegistries } from './spec.js';

export function mustName(
  name: string,
  entries: Readonly<Record<string, unknown>>,
  what: string,
  path: Path,
  issues: SpecIssue[],
): void {
  if (Object.hasOwn(entries, name)) return;
  const names = Object.keys(entries);
  issues.push({
    path,
    message: `there is no ${what} "${name}".${didYouMean(name, names) || ` There is: ${names.join(', ') || 'none'}.`}`,
  });
}

const described = {
  kind: 'xaigrid catalog datasets describes them.',
  method: 'xaigrid catalog methods describes them; docs/methods.md says how they compute.',
  metric: 'xaigrid catalog metrics describes them; docs/metrics.md says what they measure.',
};

/** The list of a spec that holds entries of each kind. */
const lists = { method: 'explainers', metric: 'metrics' } as const;

/** Finds the registry's entry by its key. If there is none, notes what the registry has. */
function lookUp<Entry>(
  entry: Readonly<Record<string, unknown>>,
  key: 'kind' | 'method' | 'metric',
  candidates: readonly (readonly [string, Entry])[],
  path: Path,
  issues: SpecIssue[],
  absent: Readonly<Record<string, string>> = {},
): Entry | undefined {
  const name = entry[key];
  const names = candidates.map(([candidate]) => candidate);
  if (typeof name !== 'string') {
    const wayOut = named(entry, key, names) ?? `needs "${key}": one of ${names.join(', ')}.`;
    issues.push({ path, message: wayOut });
    return undefined;
  }
  const found = candidates.find(([candidate]) => candidate === name)?.[1];
  if (found === undefined) {
    const wayOut = Object.hasOwn(absent, name) ? ` ${absent[name] ?? ''}` : didYouMean(name, names);
    issues.push({
      path: [...path, key],
      message: `there is no ${key} "${name}".${wayOut || ` There is: ${names.join(', ')}. ${described[key]}`}`,
    });
  }
  return found;
}

/** A hint for `{ sise: { layers: … } }`, and for a metric in the list of methods or the reverse. */
function named(
  entry: Readonly<Record<string, unknown>>,
  key: 'kind' | 'method' | 'metric',
  names: readonly string[],
): string | undefined {
  const keys = Object.keys(entry);
  const meant = keys.find((own) => names.includes(own));
  if (meant !== undefined) return `is named by "${key}": write { ${key}: ${meant}, … } with its parameters beside it.`;
  const other = key === 'method' ? 'metric' : key === 'metric' ? 'method' : undefined;
  return other !== undefined && keys.includes(other)
    ? `has "${other}", but an entry here needs "${key}". A ${other} belongs under ${lists[other]}.`
    : undefined;
}

function parseParams(
  params: unknown,
  schema: z.ZodType,
  path: Path,
  commonKeys: readonly string[],
  registries: SpecRegistries,
  issues: SpecIssue[],
): unknown {
  const keys = [...commonKeys, ...knownKeys(schema)];
  const checked = check(params, schema, {
    prefix: path,
    keysAt: (at) => (at.length === path.length ? keys : []),
    registries,
  });
  if ('data' in checked) return checked.data;
  issues.push(...checked.issues);
  return undefined;
}

export function parseDataset(
  entry: Readonly<Record<string, unknown>>,
  path: Path,
  registries: SpecRegistries,
  issues: SpecIssue[],
): SpecDataset | undefined {
  const found = lookUp(
    entry,
    'kind',
    registries.datasets.map((kind) => [kind.kind, kind]),
    path,
    issues,
    registries.absentKinds,
  );
  if (found === undefined) return undefined;
  const { kind, ...params } = entry;
  return { kind: String(kind), params: parseParams(params, found.params, path, ['kind'], registries, issues) };
}

/** For each method (or metric), a sentence that says which list it belongs in. */
function standsUnder(what: 'method' | 'metric', { explainers, metrics }: SpecRegistries): Readonly<Record<string, string>> {
  const names = what === 'method' ? explainers.map(({ method }) => method) : metrics.map(({ metric }) => metric);
  return Object.fromEntries(names.map((name) => [name, `It is a ${what} and belongs under ${lists[what]}.`]));
}

/** Splits an entry into the keys that every entry may have and the entry's own parameters. */
function split(
  entry: Readonly<Record<string, unknown>>,
  common: readonly string[],
): [Record<string, unknown>, Record<string, unknown>] {
  const fields = Object.entries(entry);
  return [
    Object.fromEntries(fields.filter(([key]) => common.includes(key))),
    Object.fromEntries(fields.filter(([key]) => !common.includes(key))),
  ];
}

export function parseExplainer(
  entry: Readonly<Record<string, unknown>>,
  path: Path,
  outline: SpecOutline,
  registries: SpecRegistries,
  issues: SpecIssue[],
): SpecExplainer[] {
  const found = lookUp(
    entry,
    'method',
    registries.explainers.map((explainer) => [explainer.method, explainer]),
    path,
    issues,
    standsUnder('metric', registries),
  );
  if (found === undefined) return [];
  const commonKeys = knownKeys(commonExplainerSchema).filter((key) => key !== 'background' || found.usesBackground);
  const [commonFields, fixedParams] = split(entry, commonKeys);
  const common = check(commonFields, commonExplainerSchema, {
    prefix: path,
    keysAt: (at) => (at.length === path.length ? commonKeys : []),
    registries,
  });
  if ('issues' in common) {
    issues.push(...common.issues);
    return [];
  }
  const { background, grid, name = found.method, explainedClass = found.defaultExplainedClass } = common.data;
  const unswept = Object.keys(grid ?? {}).filter(
    (key) => key !== 'explainedClass' && knownKeys(commonExplainerSchema).includes(key),
  );
  if (unswept.length > 0) {
    issues.push(
      ...unswept.map((key) => ({
        path: [...path, 'grid', key],
        message: `a grid takes parameters of the method and explainedClass, not ${key}. Write one entry for each.`,
      })),
    );
    return [];
  }
  if (background !== undefined)
    mustName(background.dataset, outline.datasets, 'data set', [...path, 'background', 'dataset'], issues);
  const points = gridPoints(grid).map(({ explainedClass: ofPoint = explainedClass, ...point }) => ({
    ofPoint,
    point,
    params: parseParams({ ...fixedParams, ...point }, found.params, path, commonKeys, registries, issues),
  }));
  // A method may read its background with some parameters only. Those that are wrong are undefined, with issues of their own.
  const needs = (params: unknown) =>
    found.usesBackground && (found.needsBackground === undefined || (params !== undefined && found.needsBackground(params)));
  const read = points.some(({ params }) => needs(params));
  if (read && background === undefined) issues.push({ path, message: `${found.method} needs a background: {dataset, size}.` });
  if (!read && background !== undefined && points.every(({ params }) => params !== undefined)) {
    const message = `${found.method} reads no background with these parameters. Leave it out, or choose parameters that read it.`;
    issues.push({ path: [...path, 'background'], message });
  }
  return points.map(({ ofPoint, point, params }) => ({
    method: found.method,
    label: [
      name,
      ...Object.entries(grid?.explainedClass === undefined ? point : { explainedClass: ofPoint, ...point }).map(
        ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      ),
    ].join(' '),
    params,
    explainedClass: parsedClass(ofPoint, path, issues),
    ...(background === undefined || !needs(params) ? {} : { background }),
  }));
}

/** A class from a grid, checked. */
function parsedClass(value: unknown, path: Path, issues: SpecIssue[]): ClassPolicy {
  const policy = classPolicySchema.safeParse(value);
  if (policy.success) return policy.data;
  const message = `${JSON.stringify(value)} is not a class. Write predicted, label, likeliest-label, or an index.`;
  issues.push({ path: [...path, 'grid', 'explainedClass'], message });
  return 'predicted';
}

export function parseMetric(
  entry: Readonly<Record<string, unknown>>,
  path: Path,
  registries: SpecRegistries,
  issues: SpecIssue[],
): SpecMetric[] {
  const found = lookUp(
    entry,
    'metric',
    registries.metrics.map((metric) => [metric.metric, metric]),
    path,
    issues,
    standsUnder('method', registries),
  );
  if (found === undefined) return [];
  const commonKeys = knownKeys(commonMetricSchema);
  const [commonFields, params] = split(entry, commonKeys);
  const common = check(commonFields, commonMetricSchema, { prefix: path, keysAt: () => commonKeys, registries });
  if ('issues' in common) {
    issues.push(...common.issues);
    return [];
  }
  return [
    {
      metric: found.metric,
      params: parseParams(params, found.params, path, commonKeys, registries, issues),
      scoredClass: common.data.scoredClass,
    },
  ];
}
