import { withControls } from './add-controls.js';
import { withoutBareNames } from './bare-names.js';
import { parseSpecDocument, type Path, type SpecDocument } from './document.js';
import { interpolate } from './interpolate.js';
import { check, specError, type SpecIssue } from './issues.js';
import { knownKeys } from './known-keys.js';
import { applyOverrides, markOverrides } from './overrides.js';
import { mustName, parseDataset, parseExplainer, parseMetric } from './parse-entries.js';
import { refuseOtherData } from './refuse-other-data.js';
import { refusePrototypes } from './refuse-prototypes.js';
import { DEFAULT_ALPHA, evaluationSchema, modelSchema, outlineSchema, type SpecOutline } from './schema.js';
import type { Located, Spec, SpecLimit, SpecRegistries, SpecUntilDecided } from './spec.js';
import { tellApart } from './tell-apart.js';

/** The text of a spec, and all that its meaning depends on. */
export interface ParseSpecOptions {
  readonly text: string;
  /** The name of the text in messages: its file name. */
  readonly source: string;
  readonly registries: SpecRegistries;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables that a spec must not use: names, labels and paths of a run are stored and shown. */
  readonly secretVariables?: readonly string[];
  /** `path=value`, applied before any check. */
  readonly overrides?: readonly string[];
}

/**
 * Reads a spec, YAML or JSON: fills in `${VAR}`, applies overrides, checks everything and expands grids.
 * @throws SPEC_UNREADABLE; SPEC_INVALID with every mistake and its line; USAGE for a wrong override.
 */
export function parseSpec(options: ParseSpecOptions): Spec {
  const { overrides = [] } = options;
  const document = markOverrides(parseSpecDocument(options.text, options.source), overrides);
  const position = (path: Path): string => document.position(path);
  // Overrides may set a part of an entry that the file writes as a name alone.
  const written = applyOverrides(withoutBareNames(document.data), overrides);
  refuseOtherData(written, options.source);
  refusePrototypes(written, position);
  const data = interpolate(written, {
    environment: options.environment,
    secretVariables: options.secretVariables ?? [],
    position,
  });
  const outline = check(data, outlineSchema, { prefix: [], keysAt: keysOfOutline, registries: options.registries });
  if ('issues' in outline) throw specError(outline.issues, position);
  return completeSpec(outline.data, options.registries, document);
}

function keysOfOutline(path: Path): string[] {
  if (path.length === 0) return knownKeys(outlineSchema);
  if (path[0] === 'models' && path.length === 2) return knownKeys(modelSchema);
  return path[0] === 'evaluations' && path.length === 2 ? knownKeys(evaluationSchema) : [];
}

function completeSpec(outline: SpecOutline, registries: SpecRegistries, document: SpecDocument): Spec {
  const issues: SpecIssue[] = [];
  const located = <Entry>(path: Path, entries: readonly Entry[]): (Entry & Located)[] => {
    const location = `${path.join('.')}${document.position(path)}`;
    return entries.map((entry) => ({ ...entry, location }));
  };
  const datasets = Object.fromEntries(
    Object.entries(outline.datasets).flatMap(([name, entry]) => {
      const parsed = parseDataset(entry, ['datasets', name], registries, issues);
      return parsed === undefined ? [] : [[name, parsed]];
    }),
  );
  const written = outline.evaluations.map((evaluation, index) => {
    const path: Path = ['evaluations', index];
    mustName(evaluation.dataset, outline.datasets, 'data set', [...path, 'dataset'], issues);
    mustName(evaluation.model, outline.models, 'model', [...path, 'model'], issues);
    return {
      dataset: evaluation.dataset,
      model: evaluation.model,
      location: `${path.join('.')}${document.position(path)}`,
      controls: evaluation.controls ?? outline.controls ?? false,
      explainers: evaluation.explainers.flatMap((entry, index) => {
        const at = [...path, 'explainers', index];
        return located(at, parseExplainer(entry, at, outline, registries, issues));
      }),
      metrics: evaluation.metrics.flatMap((entry, index) => {
        const at = [...path, 'metrics', index];
        return located(at, parseMetric(entry, at, registries, issues));
      }),
    };
  });
  if (issues.length > 0) throw specError(issues, (path) => document.position(path));
  const evaluations = tellApart(withControls(written, registries));
  const { name, seed, engine, backend, device, priority, shardSize, limit, untilDecided, models } = outline;
  return {
    ...{ name, seed, engine, device, priority, datasets, models, evaluations },
    ...(backend === undefined ? {} : { backend }),
    ...(shardSize === undefined ? {} : { shardSize }),
    ...(limit === undefined ? {} : { limit: completeLimit(limit, seed) }),
    ...(untilDecided === undefined || untilDecided === false ? {} : { untilDecided: completeUntilDecided(untilDecided, seed) }),
  };
}

function completeLimit(limit: NonNullable<SpecOutline['limit']>, seed: number): SpecLimit {
  return typeof limit === 'number' ? { samples: limit, choose: 'stratified', seed } : { ...limit, seed: limit.seed ?? seed };
}

/** @param asked `true`: all by default */
function completeUntilDecided(asked: Exclude<NonNullable<SpecOutline['untilDecided']>, false>, seed: number): SpecUntilDecided {
  return asked === true ? { alpha: DEFAULT_ALPHA, seed } : { ...asked, seed: asked.seed ?? seed };
}
