import type { z } from 'zod';
import type { ClassPolicy, EngineBackend, EngineName } from '../plan.js';
import type { ModelOptions } from '../references.js';
import type { ChoiceRule } from '../sample-choice.js';

/** What the spec language needs to know of the registries; their entries fit structurally. */
export interface SpecRegistries {
  readonly datasets: readonly { readonly kind: string; readonly params: z.ZodType }[];
  /** What people look for that is no kind of data set, and the way out, a sentence each. */
  readonly absentKinds?: Readonly<Record<string, string>>;
  readonly explainers: readonly {
    readonly method: string;
    readonly params: z.ZodType;
    readonly usesBackground: boolean;
    readonly defaultExplainedClass: ClassPolicy;
  }[];
  readonly metrics: readonly { readonly metric: string; readonly params: z.ZodType }[];
}

export interface SpecModel extends ModelOptions {
  readonly path: string;
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
  /** `explained`: the class that the scored map is about. */
  readonly scoredClass: ClassPolicy | 'explained';
}

/** Where in the spec's text an entry stands, for what turns out to be wrong with it later: `evaluations.0.metrics.1 (line 14)`. */
export interface Located {
  readonly location: string;
}

/** How many samples of each data set take part, and which. */
export interface SpecLimit {
  readonly samples: number;
  readonly choose: ChoiceRule;
  readonly seed: number;
}

/** A spec that says only what xaigrid understands; names refer to what is there. */
export interface Spec {
  readonly name: string;
  readonly seed: number;
  readonly engine: EngineName;
  readonly priority: number;
  /** Of the engine tensorflow; default the best where the run is planned. */
  readonly backend?: EngineBackend;
  readonly shardSize?: number;
  readonly limit?: SpecLimit;
  readonly datasets: Readonly<Record<string, SpecDataset>>;
  readonly models: Readonly<Record<string, SpecModel>>;
  readonly evaluations: readonly {
    readonly dataset: string;
    readonly model: string;
    /** Grids expanded. */
    readonly explainers: readonly (SpecExplainer & Located)[];
    readonly metrics: readonly (SpecMetric & Located)[];
  }[];
}
