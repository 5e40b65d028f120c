import type { z } from 'zod';
import type { ClassPolicy, Device, EngineBackend, EngineName } from '../plan.js';
import type { ModelOptions } from '../references.js';
import type { ChoiceRule } from '../sample-choice.js';
import type { SpecOutline } from './schema.js';

/** What the spec language needs from the registries of data sets, explainers and metrics. */
export interface SpecRegistries {
  readonly datasets: readonly { readonly kind: string; readonly params: z.ZodType }[];
  /** For kinds of data set that do not exist but that people look for: one sentence on what to do instead. */
  readonly absentKinds?: Readonly<Record<string, string>>;
  readonly explainers: readonly {
    readonly method: string;
    readonly params: z.ZodType;
    readonly usesBackground: boolean;
    /** Whether it reads the background with these parameters, its own. Absent: always, if it uses one. */
    needsBackground?(params: unknown): boolean;
    /** `control`: what `controls: true` adds. */
    readonly family?: string;
    readonly defaultExplainedClass: ClassPolicy;
  }[];
  readonly metrics: readonly { readonly metric: string; readonly params: z.ZodType }[];
}

/** A model of a spec. */
export interface SpecModel extends ModelOptions {
  readonly path: string;
}

/** A data set of a spec. `params` were checked by its kind. */
export interface SpecDataset {
  readonly kind: string;
  readonly params: unknown;
}

/** The reference samples of an explainer. Without a size, planning chooses it. */
export interface SpecBackground {
  readonly dataset: string;
  readonly size?: number | undefined;
  readonly selection: 'first' | 'random';
}

/** One explainer of a spec, at one point of its grid. `params` were checked by its method. */
export interface SpecExplainer {
  readonly method: string;
  /** The name in tables: the entry's name or method, with its grid point. */
  readonly label: string;
  readonly params: unknown;
  readonly explainedClass: ClassPolicy;
  readonly background?: SpecBackground;
  /** Whether `controls: true` added it: what it cannot serve is left out, and fails no plan. */
  readonly isAdded?: true;
}

/** One metric of a spec. `params` were checked by the metric. */
export interface SpecMetric {
  readonly metric: string;
  readonly params: unknown;
  /** `explained`: the class that the scored map explains. */
  readonly scoredClass: ClassPolicy | 'explained';
}

/** The place of an entry in the spec, for errors found after parsing: `evaluations.0.metrics.1 (line 14)`. */
export interface Located {
  readonly location: string;
}

/** How many samples of each data set take part, and how they are chosen. */
export interface SpecLimit {
  readonly samples: number;
  readonly choose: ChoiceRule;
  readonly seed: number;
}

/** Which pairs of methods a run must decide, and how surely. What is left out, planning chooses. */
export type SpecUntilDecided = Readonly<Exclude<NonNullable<SpecOutline['untilDecided']>, boolean>> & { readonly seed: number };

/** A checked spec. Every name in it refers to something that exists. */
export interface Spec {
  readonly name: string;
  readonly seed: number;
  readonly engine: EngineName;
  readonly priority: number;
  /** The backend of the engine tensorflow. Default: the fastest one on the planning machine. */
  readonly backend?: EngineBackend;
  /** Where the engine computes. */
  readonly device: Device;
  readonly shardSize?: number;
  readonly limit?: SpecLimit;
  readonly untilDecided?: SpecUntilDecided;
  readonly datasets: Readonly<Record<string, SpecDataset>>;
  readonly models: Readonly<Record<string, SpecModel>>;
  readonly evaluations: readonly {
    readonly dataset: string;
    readonly model: string;
    /** With grids expanded. */
    readonly explainers: readonly (SpecExplainer & Located)[];
    readonly metrics: readonly (SpecMetric & Located)[];
  }[];
}
