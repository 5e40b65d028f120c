import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { plainText } from './api/plain-text.js';
import { signedNames, unsignedNames, type Colours } from './drawing/colours.js';
import type { Present } from './parts/records.js';
import { Shell } from './parts/shell.js';
import { NotFound } from './parts/states.js';
import { Runs } from './views/runs.js';
import { Run, runParts, type RunPart } from './views/run.js';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const text = (value: unknown): string | undefined => (value === undefined || value === '' ? undefined : plainText(value));
const whole = (value: unknown): number | undefined => {
  const number = Number(value);
  return value !== undefined && value !== '' && Number.isInteger(number) && number >= 0 ? number : undefined;
};
const decimal = (value: unknown): number | undefined => {
  const number = Number(value);
  return value !== undefined && value !== '' && Number.isFinite(number) ? number : undefined;
};

/** What an address says, once each part is read. What means nothing stays as undefined: left out, the router would put the text back. */
const checked = <Value extends object>(value: Value): Present<Value> => value;

/** Names in an address: a JSON list. */
const names = (value: unknown): readonly string[] | undefined => (Array.isArray(value) ? value.map(plainText) : undefined);

const runs = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: Runs,
  validateSearch: ({ search, state }: Record<string, unknown>): { search?: string; state?: string } =>
    checked({
      search: text(search),
      state: text(state),
    }),
});

/** How the samples of a run are chosen and ordered; all of it is in the address. */
export interface SampleSearch {
  /** The evaluation whose scores order and filter the samples. */
  readonly by?: number;
  readonly metric?: string;
  readonly scoredClass?: string;
  readonly measure?: string;
  readonly setting?: string;
  readonly sort?: string;
  readonly class?: number;
  /** The class that the model predicts. */
  readonly predicted?: number;
  readonly right?: string;
  readonly degenerate?: string;
  readonly low?: number;
  readonly high?: number;
  readonly minConfidence?: number;
  readonly maxConfidence?: number;
  readonly minDisagreement?: number;
  readonly maxDisagreement?: number;
  /** What the histogram is of: `confidence` or `disagreement`; absent: the measure. */
  readonly histogram?: string;
}

/** How the table and the curves of a run are shown. */
export interface ResultSearch {
  /** The columns that sort the table, with `-` in front descending. */
  readonly order?: readonly string[];
  /** Only rows with this text. */
  readonly only?: string;
  readonly hide?: readonly string[];
  readonly pin?: readonly string[];
  readonly curve?: string;
  readonly zero?: string;
  /** Methods that are left out of the curves. */
  readonly without?: readonly string[];
}

/** Which pairs are shown, and which samples of one of them. */
export interface PairSearch {
  readonly pairs?: string;
  readonly pair?: string;
  readonly minFirst?: number;
  readonly maxFirst?: number;
  readonly minSecond?: number;
  readonly maxSecond?: number;
  /** Whether the picture is of the chosen samples only. */
  readonly zoom?: string;
}

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$id',
  component: Run,
  validateSearch: (search: Record<string, unknown>): { part?: RunPart } & SampleSearch & ResultSearch & PairSearch =>
    checked({
      part: runParts.find((part) => part === search.part),
      ...sampleSearch(search),
      ...resultSearch(search),
      ...pairSearch(search),
    }),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: '/compare',
  component: lazyRouteComponent(() => import('./views/compare.js'), 'Compare'),
  validateSearch: (search: Record<string, unknown>): { runs?: string } & PairSearch =>
    checked({ runs: text(search.runs), ...pairSearch(search) }),
});

const newRun = createRoute({
  getParentRoute: () => root,
  path: '/new',
  component: lazyRouteComponent(() => import('./views/new-run/new-run.js'), 'NewRun'),
  validateSearch: ({ from }: Record<string, unknown>): { from?: string } => checked({ from: text(from) }),
});

const cluster = createRoute({
  getParentRoute: () => root,
  path: '/cluster',
  component: lazyRouteComponent(() => import('./views/cluster.js'), 'Cluster'),
});

/** How one sample is drawn; what is absent has its default. All of it is in the address. */
export interface SampleDisplay {
  /** How strongly maps lie over the sample, 0 to 1. */
  readonly opacity?: number;
  readonly smooth?: 'yes';
  readonly scale?: 'one';
  readonly colours?: Colours['unsigned'];
  readonly signed?: Colours['signed'];
  readonly regions?: 'no';
  /** A map of a signal. */
  readonly as?: 'area';
  /** Positions of a signal that are drawn, `from` … `to − 1`. */
  readonly from?: number;
  readonly to?: number;
  /** The evaluation whose map keeps positions. */
  readonly map?: number;
  /** The share that it keeps. */
  readonly kept?: number;
  readonly fill?: 'mean';
}

const share = (value: unknown): number | undefined => {
  const number = decimal(value);
  return number === undefined || number < 0 || number > 1 ? undefined : number;
};

const sample = createRoute({
  getParentRoute: () => root,
  path: '/runs/$id/samples/$index',
  component: lazyRouteComponent(() => import('./views/sample.js'), 'SampleView'),
  validateSearch: (search: Record<string, unknown>): { dataset?: string; model?: string } & SampleSearch & SampleDisplay =>
    checked({
      dataset: text(search.dataset),
      model: text(search.model),
      ...sampleSearch(search),
      ...{ opacity: share(search.opacity), kept: share(search.kept), map: whole(search.map) },
      ...{ from: whole(search.from), to: whole(search.to) },
      smooth: search.smooth === 'yes' ? ('yes' as const) : undefined,
      scale: search.scale === 'one' ? ('one' as const) : undefined,
      colours: unsignedNames.find((name) => name === search.colours),
      signed: signedNames.find((name) => name === search.signed),
      regions: search.regions === 'no' ? ('no' as const) : undefined,
      as: search.as === 'area' ? ('area' as const) : undefined,
      fill: search.fill === 'mean' ? ('mean' as const) : undefined,
    }),
});

function sampleSearch(search: Record<string, unknown>): { [Key in keyof SampleSearch]: SampleSearch[Key] | undefined } {
  return {
    by: whole(search.by),
    metric: text(search.metric),
    scoredClass: text(search.scoredClass),
    measure: text(search.measure),
    setting: text(search.setting),
    sort: text(search.sort),
    class: whole(search.class),
    predicted: whole(search.predicted),
    right: text(search.right),
    degenerate: text(search.degenerate),
    low: decimal(search.low),
    high: decimal(search.high),
    minConfidence: decimal(search.minConfidence),
    maxConfidence: decimal(search.maxConfidence),
    minDisagreement: decimal(search.minDisagreement),
    maxDisagreement: decimal(search.maxDisagreement),
    histogram: text(search.histogram),
  };
}

function resultSearch(search: Record<string, unknown>): { [Key in keyof ResultSearch]: ResultSearch[Key] | undefined } {
  return {
    order: names(search.order),
    only: text(search.only),
    hide: names(search.hide),
    pin: names(search.pin),
    curve: text(search.curve),
    zero: text(search.zero),
    without: names(search.without),
  };
}

function pairSearch(search: Record<string, unknown>): { [Key in keyof PairSearch]: PairSearch[Key] | undefined } {
  return {
    pairs: text(search.pairs),
    pair: text(search.pair),
    minFirst: decimal(search.minFirst),
    maxFirst: decimal(search.maxFirst),
    minSecond: decimal(search.minSecond),
    maxSecond: decimal(search.maxSecond),
    zoom: text(search.zoom),
  };
}

export const router = createRouter({
  routeTree: root.addChildren([runs, run, compare, newRun, cluster, sample]),
  defaultPreload: 'intent',
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
