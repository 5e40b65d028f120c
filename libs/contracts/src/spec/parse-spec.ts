import type { z } from 'zod';
import { XaigridError } from '../errors.js';
import type { ClassPolicy, EngineName } from '../plan.js';
import { didYouMean } from '../suggest.js';
import { parseSpecDocument, type Path, type SpecDocument } from './document.js';
import { gridPoints } from './grid.js';
import { interpolate } from './interpolate.js';
import { issuesOf, knownKeys, specError, type SpecIssue } from './issues.js';
import { applyOverrides } from './overrides.js';
import { commonExplainerSchema, commonMetricSchema, outlineSchema, type SpecOutline } from './schema.js';

/** What the spec language needs to know of the registries; their entries fit structurally. */
export interface SpecRegistries {
  readonly datasets: readonly { readonly kind: string; readonly params: z.ZodType }[];
  readonly explainers: readonly {
    readonly method: string;
    readonly params: z.ZodType;
    readonly usesBackground: boolean;
    readonly defaultExplainedClass: ClassPolicy;
  }[];
  readonly metrics: readonly { readonly metric: string; readonly params: z.ZodType }[];
}

export interface SpecDataset {
  readonly kind: string;
  readonly params: unknown;
}

export interface SpecBackground {
  readonly dataset: string;
  readonly size?: number | undefined;
  readonly selection: 'first' | 'random';
}

export interface SpecExplainer {
  readonly method: string;
  /** Shown in tables: the entry's name or method, with its grid point. */
  readonly label: string;
  readonly params: unknown;
  readonly explainedClass: ClassPolicy;
  readonly background?: SpecBackground;
}

export interface SpecMetric {
  readonly metric: string;
  readonly params: unknown;
  readonly scoredClass: ClassPolicy;
}

/** A spec that says only what xaigrid understands; names refer to what is there. */
export interface Spec {
  readonly name: string;
  readonly seed: number;
  readonly engine: EngineName;
  readonly shardSize?: number;
  readonly limit?: number;
  readonly datasets: Readonly<Record<string, SpecDataset>>;
  readonly models: Readonly<Record<string, { readonly path: string }>>;
  readonly evaluations: readonly {
    readonly dataset: string;
    readonly model: string;
    /** Grids expanded. */
    readonly explainers: readonly SpecExplainer[];
    readonly metrics: readonly SpecMetric[];
  }[];
}

export interface ParseSpecOptions {
  readonly text: string;
  /** What messages call the text: its file name. */
  readonly source: string;
  readonly registries: SpecRegistries;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `path=value`, applied before anything is checked. */
  readonly overrides?: readonly string[];
}

/**
 * Reads a spec: YAML or JSON, `${VAR}` filled in, overrides applied, everything checked, grids expanded.
 * @throws SPEC_UNREADABLE, SPEC_INVALID listing every mistake with its line, USAGE for a wrong override.
 */
export function parseSpec(options: ParseSpecOptions): Spec {
  const document = parseSpecDocument(options.text, options.source);
  const data = interpolate(applyOverrides(document.data, options.overrides ?? []), options.environment, (path) =>
    document.position(path),
  );
  const outline = outlineSchema.safeParse(data);
  if (!outline.success) throw specError(issuesOf(outline.error, [], keysOfOutline), (path) => document.position(path));
  return completeSpec(outline.data, options.registries, document);
}

function keysOfOutline(path: Path): string[] {
  if (path.length === 0) return knownKeys(outlineSchema);
  if (path[0] === 'models') return ['path'];
  return path[0] === 'evaluations' ? ['dataset', 'model', 'explainers', 'metrics'] : [];
}

function completeSpec(outline: SpecOutline, registries: SpecRegistries, document: SpecDocument): Spec {
  const issues: SpecIssue[] = [];
  const datasets = Object.fromEntries(
    Object.entries(outline.datasets).flatMap(([name, entry]) => {
      const parsed = parseDataset(entry, ['datasets', name], registries, issues);
      return parsed === undefined ? [] : [[name, parsed]];
    }),
  );
  const evaluations = outline.evaluations.map((evaluation, index) => {
    const path: Path = ['evaluations', index];
    mustName(evaluation.dataset, outline.datasets, 'data set', [...path, 'dataset'], issues);
    mustName(evaluation.model, outline.models, 'model', [...path, 'model'], issues);
    return {
      dataset: evaluation.dataset,
      model: evaluation.model,
      explainers: evaluation.explainers.flatMap((entry, at) =>
        parseExplainer(entry, [...path, 'explainers', at], outline, registries, issues),
      ),
      metrics: evaluation.metrics.flatMap((entry, at) => parseMetric(entry, [...path, 'metrics', at], registries, issues)),
    };
  });
  if (issues.length > 0) throw specError(issues, (path) => document.position(path));
  const { name, seed, engine, shardSize, limit, models } = outline;
  return {
    ...{ name, seed, engine, datasets, models, evaluations },
    ...(shardSize === undefined ? {} : { shardSize }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function mustName(name: string, entries: Readonly<Record<string, unknown>>, what: string, path: Path, issues: SpecIssue[]): void {
  if (Object.hasOwn(entries, name)) return;
  const names = Object.keys(entries);
  issues.push({
    path,
    message: `there is no ${what} "${name}".${didYouMean(name, names) || ` There is: ${names.join(', ') || 'none'}.`}`,
  });
}

/** Finds a registry's entry by the discriminating key, or notes what is there. */
function lookUp<Entry>(
  entry: Readonly<Record<string, unknown>>,
  key: 'kind' | 'method' | 'metric',
  candidates: readonly (readonly [string, Entry])[],
  path: Path,
  issues: SpecIssue[],
): Entry | undefined {
  const name = entry[key];
  const names = candidates.map(([candidate]) => candidate);
  if (typeof name !== 'string') {
    issues.push({ path, message: `needs "${key}": one of ${names.join(', ')}.` });
    return undefined;
  }
  const found = candidates.find(([candidate]) => candidate === name)?.[1];
  if (found === undefined) {
    issues.push({
      path: [...path, key],
      message: `there is no ${key} "${name}".${didYouMean(name, names) || ` There is: ${names.join(', ')}.`}`,
    });
  }
  return found;
}

function parseParams(
  params: unknown,
  schema: z.ZodType,
  path: Path,
  commonKeys: readonly string[],
  issues: SpecIssue[],
): unknown {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const keys = [...commonKeys, ...knownKeys(schema)];
  issues.push(...issuesOf(result.error, path, (at) => (at.length === path.length ? keys : [])));
  return undefined;
}

function parseDataset(
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
  );
  if (found === undefined) return undefined;
  const { kind, ...params } = entry;
  return { kind: String(kind), params: parseParams(params, found.params, path, ['kind'], issues) };
}

/** Parts an entry into the keys every entry may have and the entry's own parameters. */
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

function parseExplainer(
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
  );
  if (found === undefined) return [];
  const commonKeys = knownKeys(commonExplainerSchema).filter((key) => key !== 'background' || found.usesBackground);
  const [commonFields, fixedParams] = split(entry, commonKeys);
  const common = commonExplainerSchema.safeParse(commonFields);
  if (!common.success) {
    issues.push(
      ...issuesOf(common.error, path, (at) => (at.at(-1) === 'background' ? ['dataset', 'size', 'selection'] : commonKeys)),
    );
    return [];
  }
  const { background, grid, name = found.method, explainedClass = found.defaultExplainedClass } = common.data;
  if (found.usesBackground && background === undefined) {
    issues.push({ path, message: `${found.method} needs a background: {dataset, size}.` });
  }
  if (background !== undefined)
    mustName(background.dataset, outline.datasets, 'data set', [...path, 'background', 'dataset'], issues);
  return gridPoints(grid).map((point) => ({
    method: found.method,
    label: [
      name,
      ...Object.entries(point).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`),
    ].join(' '),
    params: parseParams({ ...fixedParams, ...point }, found.params, path, commonKeys, issues),
    explainedClass,
    ...(background === undefined ? {} : { background }),
  }));
}

function parseMetric(
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
  );
  if (found === undefined) return [];
  const commonKeys = knownKeys(commonMetricSchema);
  const [commonFields, params] = split(entry, commonKeys);
  const common = commonMetricSchema.safeParse(commonFields);
  if (!common.success) {
    issues.push(...issuesOf(common.error, path, () => commonKeys));
    return [];
  }
  return [
    {
      metric: found.metric,
      params: parseParams(params, found.params, path, commonKeys, issues),
      scoredClass: common.data.scoredClass,
    },
  ];
}

/** The registry's entry, which a parsed spec is known to name. */
export function registered<Entry>(entry: Entry | undefined, name: string): Entry {
  if (entry === undefined) throw new XaigridError('INTERNAL', `"${name}" was accepted by the spec but is not registered.`);
  return entry;
}
