import { setTimeout as sleep } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import {
  XaigridError,
  type Comparison,
  type ComparisonFilter,
  type MapRecord,
  type MethodRanking,
  type RankingQuery,
  type RunDetails,
  type RunEvaluation,
  type RunListQuery,
  type RunProgress,
  type RunState,
  type RunSubmission,
  type RunSummary,
  type SampleHistogramQuery,
  type SampleListQuery,
  type SamplePairsQuery,
  type ScoreRequestFilter,
  type ScoreRow,
  type Selection,
  type TableRow,
} from '@xaigrid/contracts';
import type { ArtifactRepository } from '@xaigrid/store';
import type { RunControl } from '@xaigrid/control';

/** Run control in memory: everything a test wants to see or change is at hand. */
export interface FakeControl {
  readonly control: RunControl;
  readonly artifacts: Pick<ArtifactRepository, 'has' | 'putFile'>;
  readonly submissions: RunSubmission[];
  readonly shared: string[];
  readonly stored: Map<string, Uint8Array>;
  readonly scoreFilters: ScoreRequestFilter[];
  readonly sampleQueries: SampleListQuery[];
  readonly histogramQueries: SampleHistogramQuery[];
  readonly pairQueries: SamplePairsQuery[];
  readonly comparisonFilters: ComparisonFilter[];
  readonly rankingQueries: RankingQuery[];
  /** Of tables and evaluations. */
  readonly selections: Selection[];
  readonly listQueries: Omit<RunListQuery, 'limit'>[];
  /** Followers at this moment. */
  readonly followers: () => number;
  readonly addRun: (id: string, state?: RunState) => void;
  readonly advance: (id: string, scored: number, state?: RunState) => void;
  /** Every call fails with this from now on. */
  readonly fail: (error: Error | undefined) => void;
}

/** Samples a fake run has, and values a map. */
export const SAMPLES = 10;
export const MAP_LENGTH = 4;

const FINAL: readonly RunState[] = ['done', 'done-with-failures', 'failed', 'cancelled', 'interrupted'];
const when = '2026-01-02T03:04:05.678Z';

interface FakeRun {
  readonly summary: RunSummary;
  readonly state: RunState;
  readonly progress: RunProgress;
  readonly specText: string;
}

export function createFakeControl(): FakeControl {
  const runs = new Map<string, FakeRun>();
  const submissions: RunSubmission[] = [];
  const shared: string[] = [];
  const stored = new Map<string, Uint8Array>();
  const scoreFilters: ScoreRequestFilter[] = [];
  const sampleQueries: SampleListQuery[] = [];
  const histogramQueries: SampleHistogramQuery[] = [];
  const pairQueries: SamplePairsQuery[] = [];
  const comparisonFilters: ComparisonFilter[] = [];
  const rankingQueries: RankingQuery[] = [];
  const selections: Selection[] = [];
  const listQueries: Omit<RunListQuery, 'limit'>[] = [];
  let failure: Error | undefined;
  let followers = 0;

  function find(reference: string): FakeRun {
    if (failure !== undefined) throw failure;
    const ids = [...runs.keys()].filter((id) => id.startsWith(reference));
    const id = reference === 'latest' ? [...runs.keys()].at(-1) : ids.length === 1 ? ids[0] : undefined;
    const run = id === undefined ? undefined : runs.get(id);
    if (run !== undefined) return run;
    if (ids.length > 1) throw new XaigridError('RUN_AMBIGUOUS', `Several runs start with "${reference}".`);
    throw new XaigridError('RUN_NOT_FOUND', `There is no run "${reference}".`);
  }

  function addRun(id: string, state: RunState = 'running', name = 'sample', specText = 'name: sample\n', priority = 0): void {
    const progress = { samples: SAMPLES, explained: 0, scored: 0, failed: 0 };
    runs.set(id, {
      summary: {
        ...{ id, name, state, priority, createdAt: when, tags: [], note: '' },
        ...{ datasets: ['mnist1d'], models: ['cnn'], methods: ['sise'] },
      },
      state,
      progress,
      specText,
    });
  }

  function change(id: string, state: RunState, progress?: Partial<RunProgress>): RunSummary {
    const run = find(id);
    const summary = { ...run.summary, state };
    runs.set(summary.id, { ...run, summary, state, progress: { ...run.progress, ...progress } });
    return summary;
  }

  const control: RunControl = {
    location: 'memory',
    submit(submission) {
      if (failure !== undefined) throw failure;
      submissions.push(submission);
      const id = `run${submissions.length}`;
      addRun(id, 'planned', submission.name, submission.specText, submission.priority);
      return Promise.resolve(find(id).summary);
    },
    async shareFiles(files) {
      for (const { path, sha256 } of files) {
        shared.push(path);
        stored.set(sha256, await readFile(path));
      }
    },
    reuse: ({ evaluations }) =>
      Promise.resolve(
        evaluations.map(({ plan: { label, samples } }) => ({ label, samples, storedMaps: 3, settings: 1, storedScores: 2 })),
      ),
    async follow(reference, { onProgress, signal }) {
      const { id } = find(reference).summary;
      followers += 1;
      try {
        for (;;) {
          const { progress, state } = find(id);
          onProgress(progress, state, []);
          if (FINAL.includes(state) || signal.aborted) return state;
          await sleep(5, undefined, { signal }).catch(() => undefined);
        }
      } finally {
        followers -= 1;
      }
    },
    resume: async (reference, { retryFailed }) => {
      await Promise.resolve();
      if (find(reference).state === 'done')
        throw new XaigridError('RUN_STATE', `Run ${reference} is done; there is nothing to resume.`);
      return change(reference, retryFailed ? 'planned' : 'running');
    },
    cancel: async (reference) => {
      await Promise.resolve();
      return change(reference, 'cancelled');
    },
    remove: async (reference) => {
      await Promise.resolve();
      runs.delete(find(reference).summary.id);
    },
    list: async ({ limit, ...query }) => {
      await Promise.resolve();
      if (failure !== undefined) throw failure;
      listQueries.push(query);
      return [...runs.values()]
        .map(({ summary }) => summary)
        .toReversed()
        .slice(0, limit);
    },
    edit: async (reference, { name, note, addTags = [], removeTags = [] }) => {
      await Promise.resolve();
      const run = find(reference);
      const tags = [...run.summary.tags, ...addTags].filter((tag) => !removeTags.includes(tag));
      const summary = {
        ...{ ...run.summary, tags },
        ...(name === undefined ? {} : { name }),
        ...(note === undefined ? {} : { note }),
      };
      runs.set(summary.id, { ...run, summary });
      return summary;
    },
    show: async (reference) => {
      await Promise.resolve();
      return detailsOf(find(reference));
    },
    table: async (references, selection = {}) => {
      await Promise.resolve();
      selections.push(selection);
      return references.map((reference) => tableRow(find(reference).summary));
    },
    evaluations: async (reference, selection) => {
      await Promise.resolve(find(reference));
      selections.push(selection);
      return [evaluation];
    },
    comparisons: async (references, filter) => {
      await Promise.resolve(references.map(find));
      comparisonFilters.push(filter);
      return [comparison];
    },
    rankings: async (references, query) => {
      await Promise.resolve();
      rankingQueries.push(query);
      return references.map((reference) => ({ ...ranking, model: find(reference).summary.id }));
    },
    samples: async (reference, query) => {
      await Promise.resolve();
      find(reference);
      sampleQueries.push(query);
      return {
        ...{ by: 0, metric: 'drop-increase', scoredClass: 'predicted', setting: { keepFraction: 0.3 }, measure: 'drop' },
        ...{ compared: [0], scored: SAMPLES, matching: 1, place: 0 },
        samples: [
          {
            ...{ sampleIndex: 3, trueClass: 1, predictedClass: 2, confidence: 0.5 },
            scores: [{ evaluation: 0, value: NaN, degenerate: false }],
          },
        ],
      };
    },
    histogram: async (reference, query) => {
      await Promise.resolve();
      find(reference);
      histogramQueries.push(query);
      return {
        ...{ by: 0, metric: 'drop-increase', scoredClass: 'predicted', setting: { keepFraction: 0.3 }, measure: 'drop' },
        ...{ of: query.of, counted: 3, low: 0, high: 1, counts: [1, 1] },
        notFinite: { minusInfinity: 0, infinity: 0, none: 1 },
      };
    },
    samplePairs: async (reference, query) => {
      await Promise.resolve();
      const side = { evaluation: query.by, label: 'sise' };
      pairQueries.push(query);
      return {
        ...{ metric: 'drop-increase', scoredClass: 'predicted', setting: { keepFraction: 0.3 }, measure: 'drop' },
        first: { ...side, runId: find(reference).summary.id },
        second: { ...side, runId: find(query.with ?? reference).summary.id },
        ...{ samples: 2, leftOut: 1, ranges: { first: { low: 0, high: 0 }, second: { low: 1, high: 1 } } },
        points: [
          { sampleIndex: 1, first: 0, second: 1 },
          { sampleIndex: 2, first: NaN, second: Infinity },
        ],
      };
    },
    scores: async (reference, filter) => {
      await Promise.resolve();
      find(reference);
      scoreFilters.push(filter);
      return Array.from({ length: SAMPLES }, (_, sample) => scoreRow(sample)).slice(filter.offset, filter.offset + filter.limit);
    },
    maps: async (reference, ordinal, start, end) => {
      await Promise.resolve();
      find(reference);
      if (ordinal > 0 || start >= SAMPLES)
        throw new XaigridError('MAP_NOT_FOUND', `There is no map ${start} of evaluation ${ordinal}.`);
      const count = Math.min(end, SAMPLES) - start;
      const data = Float32Array.from({ length: count * MAP_LENGTH }, (_, at) => mapValue(start * MAP_LENGTH + at));
      return {
        maps: { shape: [count, MAP_LENGTH], data },
        degenerate: Array.from({ length: count }, (_, at) => (start + at) % 3 === 0),
        ...(end < SAMPLES ? { next: end } : {}),
      };
    },
    mapRecords: async (reference, ordinal, start, end) => {
      await Promise.resolve();
      find(reference);
      if (ordinal > 0) throw new XaigridError('MAP_NOT_FOUND', `There is no evaluation ${ordinal}.`);
      const count = Math.max(0, Math.min(end, SAMPLES) - start);
      return Array.from({ length: count }, (_, at) => mapRecord(start + at));
    },
    evaluation: async (reference, ordinal) => {
      await Promise.resolve();
      find(reference);
      if (ordinal > 0) throw new XaigridError('MAP_NOT_FOUND', `There is no evaluation ${ordinal}.`);
      return {
        ...{ classNames: ['0', 'one & only'], sampleShape: [2, 1], storedPredictions: SAMPLES - 1 },
        classTemplates: [
          [0, -1.5],
          [1 / 3, 2],
        ],
      };
    },
    predictions: async (reference, ordinal, start, end) => {
      await Promise.resolve();
      find(reference);
      if (ordinal > 0) throw new XaigridError('MAP_NOT_FOUND', `There is no evaluation ${ordinal}.`);
      return predictionsOf(start, Math.min(end, PREDICTED));
    },
    sample: async (reference, _ordinal, sampleIndex) => {
      await Promise.resolve();
      find(reference);
      return { input: { shape: [2, 1], data: Float32Array.of(sampleIndex, -0.1) }, label: sampleIndex % 2 };
    },
    region: async (reference, ordinal) => {
      await Promise.resolve();
      find(reference);
      if (ordinal > 0) throw new XaigridError('REGION_NOT_FOUND', 'Data set "mnist1d" has no regions.');
      return { shape: [2], data: Float32Array.of(0, 1) };
    },
    askModel: async (reference, { ordinal, sampleIndex }, { keepFractions }) => {
      await Promise.resolve();
      find(reference);
      if (ordinal > 0) throw new XaigridError('ENGINE_ABSENT', 'This server asks no models.');
      return {
        ...{ class: 1, whole: 0.75 },
        masked: keepFractions.map((keepFraction) => ({
          ...{ keepFraction, output: keepFraction / 2 },
          highest: [{ class: sampleIndex, output: 0.5 }],
        })),
      };
    },
    storedInputs: () => Promise.resolve({ models: [], datasets: [] }),
    collectGarbage: ({ dryRun }) =>
      Promise.resolve({ mapSets: dryRun ? 1 : 2, maps: 3, mapBytes: 4, predictionSets: 5, scoreSets: 6, artifacts: 7 }),
    activity: () =>
      Promise.resolve({
        isCluster: true,
        stages: [{ stage: 'explain', waiting: 5, inProgress: 2, asking: 1 }],
        ...{ deadLetters: 7, atWork: [], running: [], failed: [] },
      }),
    health: async () => {
      await Promise.resolve();
      if (failure !== undefined) throw failure;
      return { postgres: 'PostgreSQL 18', databaseBytes: 123_456 };
    },
  };

  return {
    ...{
      control,
      submissions,
      shared,
      stored,
      scoreFilters,
      sampleQueries,
      histogramQueries,
      pairQueries,
      comparisonFilters,
      rankingQueries,
      selections,
      listQueries,
    },
    artifacts: {
      has: (sha256) => Promise.resolve(stored.has(sha256)),
      async putFile({ sha256, path }) {
        stored.set(sha256, await readFile(path));
      },
    },
    followers: () => followers,
    addRun: (id, state) => addRun(id, state),
    advance: (id, scored, state = 'running') => void change(id, state, { explained: scored, scored }),
    fail(error) {
      failure = error;
    },
  };
}

/** Of every third map the error is not a number. */
function mapRecord(sampleIndex: number): MapRecord {
  return {
    sampleIndex,
    degenerate: sampleIndex % 3 === 0,
    diagnostics: { additivityError: sampleIndex % 3 === 1 ? NaN : sampleIndex / 7 },
  };
}

/** Samples with predictions; more than one answer of the API holds. */
export const PREDICTED = 2_500;

/** Sample 3 has no prediction; of every fifth one output is not a number. */
function predictionsOf(start: number, end: number): Awaited<ReturnType<RunControl['predictions']>> {
  const indices = Array.from({ length: Math.max(0, end - start) }, (_, at) => start + at).filter((index) => index !== 3);
  const outputs = Float32Array.from(indices.flatMap((index) => [index / 7, index % 5 === 0 ? NaN : -0.1]));
  return {
    sampleIndices: Int32Array.from(indices),
    labels: Int32Array.from(indices, (index) => index % 2),
    outputs: { shape: indices.length === 0 ? [0, 0] : [indices.length, 2], data: outputs },
  };
}

/** A value that only float32 holds exactly, different everywhere. */
export function mapValue(at: number): number {
  return Math.fround(at / 7);
}

function detailsOf({ summary, progress, specText }: FakeRun): RunDetails {
  return {
    ...summary,
    ...{ specText, progress },
    versions: { xaigrid: '0.1.0', node: 'v20.0.0', platform: 'linux-x64' },
    counters: { mapsComputed: 1, mapsReused: 2, scoresComputed: 3, scoresReused: 4 },
    evaluations: [],
    failures: [
      {
        evaluation: 0,
        shardId: 7,
        start: 0,
        end: 4,
        samples: 4,
        stage: 'explain',
        attempts: 5,
        code: 'NOT_FINITE',
        message: 'A map is NaN.',
      },
    ],
  };
}

export function tableRow({ id, name }: Pick<RunSummary, 'id' | 'name'>): TableRow {
  return {
    ...{
      runId: id,
      runName: name,
      evaluation: 0,
      dataset: 'mnist1d',
      model: 'cnn',
      method: 'sise',
      label: 'sise',
      engine: 'onnxruntime',
    },
    ...{
      explainedClass: 'predicted',
      metric: 'drop-increase',
      scoredClass: 'predicted',
      setting: { keepFraction: 0.3, baseline: 'zero' },
    },
    ...{ samples: 10, planned: 10, degenerate: 0 },
    measures: {
      drop: { value: 0.125, interval: { low: 0.1, high: 0.15 } },
      increase: { value: 0.4, interval: { low: 0.3, high: 0.5 } },
    },
  };
}

const evaluation: RunEvaluation = {
  ...{ ordinal: 0, label: 'sise', dataset: 'mnist1d', datasetFingerprint: 'd', model: 'cnn', modelFingerprint: 'm' },
  ...{ method: 'sise', methodVersion: 1, params: { layers: ['a'] }, engine: 'onnxruntime', explainedClass: 'predicted' },
  ...{ seed: 0, samples: SAMPLES, settings: 1, mapSetKey: 'k' },
};

export const comparison: Comparison = {
  ...{ dataset: 'data', model: 'cnn', engine: 'onnxruntime', metric: 'drop-increase', scoredClass: 'predicted' },
  ...{ setting: { keepFraction: 0.3 }, measure: 'drop', first: 'sise', second: 'random' },
  ...{ samples: SAMPLES, difference: -0.25, interval: { low: -0.5, high: NaN }, higher: 2, lower: 7 },
};

/** With everything that may be left out, null or an object of any keys. */
const ranking: MethodRanking = {
  ...{ dataset: 'data', model: 'cnn' },
  methods: [
    {
      ...{ runId: 'aa', runName: 'a', label: 'sise', method: 'sise' },
      engine: 'e',
      control: false,
      ranked: 1,
      meanRank: 1,
      medianRank: 1,
    },
    {
      ...{ runId: 'aa', runName: 'a', label: 'x', method: 'x' },
      engine: 'e',
      control: true,
      ranked: 0,
      meanRank: null,
      medianRank: null,
    },
  ],
  columns: [
    {
      ...{
        metric: 'drop-increase',
        measure: 'drop',
        direction: 'lower',
        scoredClass: 'predicted',
        setting: { keepFraction: 0.3 },
      },
      ...{ settings: 2, values: [0.25, null], ranks: [1, null], samples: [SAMPLES, null], against: [['ties'], []] },
    },
  ],
  unranked: [{ metric: 'a', measure: 'b' }],
  agreements: [
    { ...{ first: 0, second: 1 }, methods: 2 },
    {
      ...{ first: 0, second: 2, methods: 3 },
      overMethods: { tau: 1, interval: { low: 0.5, high: 1 }, verdict: 'agree', rho: 1, rhoInterval: { low: 0.5, high: 1 } },
      overSamples: { tau: -1, interval: { low: -1, high: -0.5 }, verdict: 'contradict', samples: SAMPLES },
    },
  ],
};

export function scoreRow(sampleIndex: number): ScoreRow {
  return {
    ...{ evaluation: 0, dataset: 'mnist1d', model: 'cnn', method: 'sise', label: 'sise', metric: 'drop-increase' },
    ...{
      scoredClass: 'predicted',
      setting: { keepFraction: 0.3 },
      sampleIndex,
      trueClass: 1,
      predictedClass: 1,
      degenerate: false,
    },
    measures: { drop: sampleIndex / 10 },
  };
}
