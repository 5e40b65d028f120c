import { queryOptions } from '@tanstack/react-query';
import type { TableRow } from '@xaigrid/contracts';
import { call, callBytes, type Answer } from './client.js';
import { itemOf, readNpy, type Tensor } from './npy.js';

export type RunSummary = Answer<'listRuns'>['runs'][number];
export type RunDetails = Answer<'showRun'>;
export type RunEvaluation = RunDetails['evaluations'][number];
export type MethodRanking = Answer<'ranking'>['rankings'][number];
export type ListedSample = Answer<'samples'>['samples'][number];
export type ScoreRow = Answer<'scores'>['scores'][number];
export type Catalog = Answer<'catalog'>;
export type Measure = Catalog['metrics'][number]['measures'][number];

const ACTIVE_MS = 2_000;
const IDLE_MS = 15_000;

/** Whether results of a run can still change. */
export function isUnderWay(state: RunSummary['state']): boolean {
  return state === 'planned' || state === 'running';
}

export interface RunsAsked {
  readonly search?: string | undefined;
  readonly states?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly limit: number;
}

export const runsQuery = ({ search, states, tags, limit }: RunsAsked) =>
  queryOptions({
    queryKey: ['runs', { search, states, tags, limit }],
    queryFn: ({ signal }): Promise<readonly RunSummary[]> =>
      call('listRuns', { query: { limit, search: search === '' ? undefined : search, states, tags }, signal }).then(
        ({ runs }) => runs,
      ),
    refetchInterval: ({ state: { data } }) => (data?.some(({ state }) => isUnderWay(state)) === true ? ACTIVE_MS : IDLE_MS),
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['run', id],
    queryFn: ({ signal }) => call('showRun', { params: { id }, signal }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isUnderWay(data.state) ? ACTIVE_MS : false),
  });

/** Results are read again while the run goes on. */
const whileUnderWay = (run: RunSummary | undefined) => (run !== undefined && isUnderWay(run.state) ? 5 * ACTIVE_MS : false);

export const tableQuery = (id: string, run: RunSummary | undefined) =>
  queryOptions({
    queryKey: ['table', id, run?.finishedAt],
    queryFn: async ({ signal }) => ((await call('table', { params: { id }, signal })) as { readonly rows: TableRow[] }).rows,
    refetchInterval: whileUnderWay(run),
  });

export const rankingQuery = (id: string, run: RunSummary | undefined) =>
  queryOptions({
    queryKey: ['ranking', id, run?.finishedAt],
    queryFn: ({ signal }) => call('ranking', { params: { id }, signal }).then(({ rankings }) => rankings),
    refetchInterval: whileUnderWay(run),
  });

export type Comparison = Answer<'comparisons'>['comparisons'][number];

/** Pairs of the first run, or across all of them. */
export const comparisonsQuery = (
  [id = '', ...others]: readonly string[],
  across: Comparison['across'],
  stamp: string | undefined,
) =>
  queryOptions({
    queryKey: ['comparisons', id, others, across, stamp],
    queryFn: ({ signal }) =>
      call('comparisons', { params: { id }, query: { across, with: others.length === 0 ? undefined : others }, signal }).then(
        ({ comparisons }) => comparisons,
      ),
  });

export const catalogQuery = queryOptions({
  queryKey: ['catalog'],
  queryFn: ({ signal }) => call('catalog', { signal }),
  staleTime: Infinity,
});

/** What whoever looks at the page may do. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => call('session', { signal }),
  staleTime: Infinity,
});

export const evaluationQuery = (id: string, ordinal: number) =>
  queryOptions({
    queryKey: ['evaluation', id, ordinal],
    queryFn: ({ signal }) => call('evaluation', { params: { id, ordinal }, signal }),
  });

export type ModelQuality = NonNullable<Answer<'modelQuality'>['quality']>;

/** How good the model of an evaluation is. A million samples take some seconds the first time. */
export const modelQualityQuery = (id: string, ordinal: number, run: RunSummary | undefined) =>
  queryOptions({
    queryKey: ['model quality', id, ordinal, run?.finishedAt],
    queryFn: ({ signal }) => call('modelQuality', { params: { id, ordinal }, signal }),
    refetchInterval: whileUnderWay(run),
  });

export const specSchemaQuery = queryOptions({
  queryKey: ['spec schema'],
  queryFn: ({ signal }) => call('specSchema', { signal }),
  staleTime: Infinity,
});

export type StoredInputs = Answer<'storedInputs'>;

export const storedInputsQuery = queryOptions({
  queryKey: ['stored inputs'],
  queryFn: ({ signal }) => call('storedInputs', { signal }),
});

/** The mistakes in the text of a spec; no file that it names is opened. */
export const specCheckQuery = (spec: string) =>
  queryOptions({
    queryKey: ['spec check', spec],
    queryFn: ({ signal }) => call('planSpec', { body: { spec, textOnly: true }, signal }),
    staleTime: Infinity,
    gcTime: 60_000,
  });

export type Activity = Answer<'activity'>;

export const activityQuery = queryOptions({
  queryKey: ['activity'],
  queryFn: ({ signal }) => call('activity', { signal }),
  refetchInterval: ACTIVE_MS,
});

export interface ScoresAsked {
  readonly evaluation?: number | undefined;
  readonly metric?: string | undefined;
  readonly scoredClass?: string | undefined;
  readonly setting?: Readonly<Record<string, unknown>> | undefined;
  readonly sort?: string | undefined;
  readonly sample?: number | undefined;
  readonly class?: number | undefined;
  readonly degenerate?: boolean | undefined;
  readonly measure?: string | undefined;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  readonly limit: number;
  readonly offset: number;
}

export const scoresQuery = (id: string, query: ScoresAsked) =>
  queryOptions({
    queryKey: ['scores', id, query],
    queryFn: ({ signal }) => call('scores', { params: { id }, query: { ...query }, signal }),
  });

/** A page of a run's samples: the first, or what is next to a sample. */
export const samplesQuery = (id: string, query: Readonly<Record<string, unknown>>, stamp: string | undefined) =>
  queryOptions({
    queryKey: ['samples', id, query, stamp],
    queryFn: ({ signal }) => call('samples', { params: { id }, query, signal }),
  });

export type Histogram = Answer<'histogram'>;

export const histogramQuery = (id: string, query: Readonly<Record<string, unknown>>, run: RunSummary) =>
  queryOptions({
    queryKey: ['histogram', id, query, run.finishedAt],
    queryFn: ({ signal }) => call('histogram', { params: { id }, query, signal }),
    refetchInterval: whileUnderWay(run),
  });

export type SamplePairs = Answer<'samplePairs'>;

/** The same samples by two evaluations. */
export const samplePairsQuery = (id: string, query: Readonly<Record<string, unknown>>, stamp: string | undefined) =>
  queryOptions({
    queryKey: ['sample pairs', id, query, stamp],
    queryFn: ({ signal }) => call('samplePairs', { params: { id }, query, signal }),
  });

/** The map of one sample, and whether it is the same everywhere. */
export const mapQuery = (id: string, ordinal: number, index: number) =>
  queryOptions({
    queryKey: ['map', id, ordinal, index],
    queryFn: async ({ signal }) => {
      const { headers, bytes } = await callBytes('maps', {
        params: { id, ordinal },
        query: { start: index, end: index + 1 },
        signal,
      });
      return { map: itemOf(readNpy(bytes), 0), degenerate: headers.get('x-degenerate') === '1' };
    },
    staleTime: Infinity,
  });

export interface Sample {
  readonly input: Tensor;
  readonly labels: readonly number[];
}

export const sampleQuery = (id: string, ordinal: number, index: number) =>
  queryOptions({
    queryKey: ['sample', id, ordinal, index],
    queryFn: async ({ signal }): Promise<Sample> => {
      const { headers, bytes } = await callBytes('sample', { params: { id, ordinal, index }, signal });
      const set = headers.get('x-labels');
      const label = Number(headers.get('x-label') ?? -1);
      return {
        input: readNpy(bytes),
        labels: set === null ? (label < 0 ? [] : [label]) : set === '' ? [] : set.split(',').map(Number),
      };
    },
    staleTime: Infinity,
  });

/** Where in a sample its class shows. */
export const regionQuery = (id: string, ordinal: number, index: number) =>
  queryOptions({
    queryKey: ['region', id, ordinal, index],
    queryFn: async ({ signal }) => readNpy((await callBytes('region', { params: { id, ordinal, index }, signal })).bytes),
    staleTime: Infinity,
  });

export interface AskedOfModel {
  readonly keepFractions: readonly number[];
  readonly keeps: 'highest' | 'lowest';
  readonly baseline: 'zero' | 'mean';
}

/** What the model says now to a sample of which a map keeps some positions. The answer stays the same. */
export const askModelQuery = (id: string, ordinal: number, index: number, body: AskedOfModel) =>
  queryOptions({
    queryKey: ['ask model', id, ordinal, index, body],
    queryFn: ({ signal }) => call('askModel', { params: { id, ordinal, index }, body, signal }),
    ...{ staleTime: Infinity, gcTime: 60_000, retry: false },
  });
