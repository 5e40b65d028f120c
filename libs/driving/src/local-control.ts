import {
  LARGEST_ARTIFACT,
  mapSetKey,
  MESSAGE_VERSION,
  newRunId,
  scaleOf,
  selectionOf,
  XAIGRID_VERSION,
  XaigridError,
  type FileToShare,
  type PlannedExplainer,
  type RunEvaluation,
  type RunState,
  type RunSummary,
  type Selection,
  type TableRow,
} from '@xaigrid/contracts';
import { controlMethods, explainers, paramsOf } from '@xaigrid/explainers';
import { describeMeasure, metric, metrics } from '@xaigrid/metrics';
import type { WorkQueue } from '@xaigrid/queue';
import type { EngineSlots, ModelsAndDatasets } from '@xaigrid/service';
import type { EvaluationRecord, RunRecord, SamplesAsked, ScaleOf, Store } from '@xaigrid/store';
import { readActivity } from './activity.js';
import { createAskModel } from './ask-model.js';
import { CONTROL } from './against/not-better-than-random.js';
import { withReasons } from './against/with-reasons.js';
import { prepareResume } from './drive-run.js';
import type { Driver } from './driver.js';
import { findReuse } from './find-reuse.js';
import { followRun } from './follow-run.js';
import { comparisonWithinRange, rowWithinRange } from './intervals-within-range.js';
import type { RunControl } from '@xaigrid/control';
import { rankMethods } from './rank-methods.js';
import { nothingDecided, ordersOf } from './until-decided/orders.js';
import { stageOf } from './shard-watch.js';
import { readStoredInputs } from './stored-inputs.js';
import { createStoredResults } from './stored-results.js';
import { whatDelayedIt, whyItWaits } from './why-it-waits.js';

/** What a control next to the store needs, and how it behaves. */
export interface LocalControlOptions {
  readonly store: Store;
  readonly queue: WorkQueue;
  readonly driver: Driver;
  readonly modelsAndDatasets: ModelsAndDatasets;
  readonly location: string;
  /** What answers questions to models. Absent where this process executes none. */
  readonly engines?: Pick<EngineSlots, 'use'>;
  /**
   * `preferred`: files and folders above 256 MiB are not copied into the store, because the workers are on the same disk.
   * `required`: all are copied.
   */
  readonly shareFiles: 'required' | 'preferred';
  /**
   * The state of a run that should be running but that no live process drives. If the service elects one process that drives all
   * runs, the run `waits` for it. Otherwise it is `interrupted` until somebody resumes it.
   */
  readonly unattended: 'waits' | 'interrupted';
}

/** The most bytes of a file, or of a folder of images, that is copied although the workers are on the same disk. */
const LARGEST_COPY = 256 * 1024 ** 2;

const FAILURES_SHOWN = 100;
const OPEN_SHARDS_READ = 2_000;

const underWay: readonly RunState[] = ['planned', 'running'];

type PlannedBackground = NonNullable<PlannedExplainer['background']>;

interface Attendance {
  readonly driven: ReadonlySet<string>;
  /** The state of each run, judged by which processes attend to it. */
  readonly stateOf: (run: RunRecord) => Pick<RunSummary, 'state' | 'stopping'>;
}

/** The control of runs next to the store. The orchestrator serves it over HTTP, and the command uses it in its own process. */
export function createLocalControl(options: LocalControlOptions): RunControl {
  const { store, queue, driver } = options;

  const stored = createStoredResults(options);

  /** Which of the runs live processes drive, and the state of each that follows. */
  async function attendanceOf(runs: readonly RunRecord[]): Promise<Attendance> {
    const ids = runs.filter(({ state }) => underWay.includes(state)).map(({ id }) => id);
    // In this order, because a process shows that it is stopping before it stops showing that it drives.
    const driven = await store.runs.attended(ids);
    const stopping = await store.runs.stopping(ids.filter((id) => !driven.has(id)));
    return {
      driven,
      stateOf({ id, state }) {
        if (stopping.has(id)) return { state, stopping: true };
        return {
          state: options.unattended === 'interrupted' && underWay.includes(state) && !driven.has(id) ? 'interrupted' : state,
        };
      },
    };
  }

  async function reasonsOf(run: RunRecord, attended: boolean): Promise<string[]> {
    // The queue of a single process does not show its own work.
    if (queue.leaseMs === undefined) return [];
    const all = Number.MAX_SAFE_INTEGER;
    const [shards, open] = await Promise.all([
      store.shards.count(run.id),
      // In the order of publication: shards in progress are among the first.
      store.shards.open(run.id, { afterId: -1, plannedTo: all, explainedTo: all, limit: OPEN_SHARDS_READ }),
    ]);
    return whyItWaits({ run, shards, attended, atWork: new Set(open.filter(({ held }) => held).map(stageOf)) }, queue);
  }

  async function idsOf(references: readonly string[]): Promise<string[]> {
    const runs = await Promise.all(references.map((reference) => store.runs.find(reference)));
    return [...new Set(runs.map(({ id }) => id))];
  }

  /** Of which samples a list, a histogram or a comparison is. */
  async function samplesOf(reference: string): Promise<Pick<SamplesAsked, 'runId' | 'controls' | 'headline' | 'isOver'>> {
    const run = await store.runs.find(reference);
    return {
      ...{ runId: run.id, controls: controlMethods, headline: (name) => metric(name).headline },
      // Columns of what still changes would be made in vain.
      isOver: !underWay.includes(run.state),
    };
  }

  async function summary(run: RunRecord): Promise<RunSummary> {
    return summaryOf(run, (await attendanceOf([run])).stateOf(run));
  }

  /** Adds the progress of active runs. */
  async function withProgress(runs: readonly RunSummary[]): Promise<RunSummary[]> {
    const progress = await store.runs.progressOf(runs.filter(({ state }) => underWay.includes(state)).map(({ id }) => id));
    return runs.map((run) => {
      const found = progress.get(run.id);
      return found === undefined ? run : { ...run, progress: found };
    });
  }

  async function tableOf(references: readonly string[], selection?: Selection): Promise<TableRow[]> {
    const runs = new Map(
      (await Promise.all(references.map((reference) => store.runs.find(reference)))).map((run) => [run.id, run]),
    );
    const ids = [...runs.keys()];
    const rows = await store.results.table(ids, selection);
    const judged = await withReasons(rows, {
      decisions: new Map([...runs.values()].flatMap(({ id, decisions }) => (decisions === undefined ? [] : [[id, decisions]]))),
      all: selection === undefined || Object.keys(selection).length === 0 ? rows : await store.results.table(ids),
      metrics,
      comparisons: (runId, name, measure) =>
        store.results.comparisons({
          runIds: [runId],
          metric: [name],
          measure,
          against: [CONTROL],
          test: 'none',
          scaleOf: scaleOfMeasure,
        }),
    });
    return judged.map((row) => rowWithinRange(row, describeMeasure));
  }

  return {
    location: options.location,
    async submit(submission) {
      const run = await store.runs.create({
        id: newRunId(),
        name: submission.name,
        specText: submission.specText,
        priority: submission.priority ?? 0,
        ...(submission.untilDecided === undefined
          ? {}
          : { untilDecided: { asked: submission.untilDecided, orders: ordersOf(submission, submission.untilDecided) } }),
        choices: new Map(Object.entries(submission.choices ?? {}).map(([key, indices]) => [key, Int32Array.from(indices)])),
        versions: { xaigrid: XAIGRID_VERSION, node: process.version, platform: `${process.platform}-${process.arch}` },
        evaluations: submission.evaluations.map(({ plan, shardSize, work }) => ({
          ...{ plan, shardSize, ...(work === undefined ? {} : { work }) },
          measures: plan.settings.map((setting) => metric(setting.metric).measures),
        })),
      });
      driver.drive(run.id);
      return summaryOf(run, { state: run.state });
    },
    async shareFiles(files) {
      const most = options.shareFiles === 'required' ? LARGEST_ARTIFACT : LARGEST_COPY;
      for (const file of files) if (sizeAt(file.path, files) <= most) await store.artifacts.putFile(file);
    },
    storedInputs: () => readStoredInputs(store),
    reuse: (submission) => findReuse(store, submission),
    async follow(reference, followOptions) {
      const { id } = await store.runs.find(reference);
      const whyNow = async (run: RunRecord): Promise<string[]> => reasonsOf(run, (await attendanceOf([run])).driven.has(run.id));
      return followRun({ runs: store.runs, queue, whyNow }, id, followOptions);
    },
    async resume(reference, { retryFailed }) {
      const run = await store.runs.find(reference);
      const { stopping } = (await attendanceOf([run])).stateOf(run);
      // Until the driver itself attends: a process that leaves the run at this moment must see that it is taken over.
      const attending = await store.attend(run.id);
      try {
        await prepareResume(store, run, { retryFailed });
        driver.drive(run.id);
      } finally {
        void attending.release();
      }
      const resumed = await store.runs.find(run.id);
      return summaryOf(resumed, { state: resumed.state, ...(stopping === true ? { stopping } : {}) });
    },
    async cancel(reference) {
      const run = await store.runs.find(reference);
      if (run.state === 'done' || run.state === 'done-with-failures' || run.state === 'cancelled') {
        throw new XaigridError('RUN_STATE', `Run ${run.id} is ${run.state}; there is nothing to cancel.`);
      }
      await store.runs.requestCancel(run.id);
      queue.announce({ version: MESSAGE_VERSION, runId: run.id, kind: 'run-changed' });
      // A run without a driver ends here. A driven run is ended by its driver at the next wake-up.
      const { driven } = await attendanceOf([run]);
      if (!driven.has(run.id)) await store.runs.move(run.id, ['planned', 'running', 'interrupted', 'failed'], 'cancelled');
      return summary(await store.runs.find(run.id));
    },
    async remove(reference) {
      const run = await store.runs.find(reference);
      if ((await summary(run)).state === 'interrupted') await store.runs.move(run.id, underWay, 'interrupted');
      await store.runs.remove(run.id);
    },
    async list({ states, ...query }) {
      // A run that is stored as active may really be interrupted. Wanted states are therefore distinguished here, page by page.
      const stored = states?.includes('interrupted') === true ? [...states, ...underWay] : states;
      const found: RunSummary[] = [];
      for (let before: Date | undefined; ;) {
        const page = await store.runs.list({ ...query, states: stored, before });
        const { stateOf } = await attendanceOf(page);
        const summaries = page.map((run) => summaryOf(run, stateOf(run)));
        found.push(...summaries.filter(({ state }) => states?.includes(state) ?? true));
        if (found.length >= query.limit || page.length < query.limit) return withProgress(found.slice(0, query.limit));
        before = page.at(-1)?.createdAt;
      }
    },
    async edit(reference, changes) {
      const { id } = await store.runs.find(reference);
      return summary(await store.runs.edit(id, changes));
    },
    async show(reference) {
      const run = await store.runs.find(reference);
      const [evaluations, progress, counters, failures, { driven, stateOf }] = await Promise.all([
        store.runs.evaluations(run.id),
        store.runs.progress(run.id),
        store.runs.counters(run.id),
        store.runs.failures(run.id, FAILURES_SHOWN),
        attendanceOf([run]),
      ]);
      const seen = stateOf(run);
      const { state } = seen;
      const waits = underWay.includes(state) ? [...(await reasonsOf(run, driven.has(run.id))), ...whatDelayedIt(run, queue)] : [];
      return {
        ...summaryOf(run, seen),
        specText: run.specText,
        versions: { ...run.versions },
        progress,
        counters,
        evaluations: evaluations.map(evaluationDetails),
        failures,
        ...(run.untilDecided === undefined
          ? {}
          : { untilDecided: run.decisions ?? nothingDecided(run.untilDecided, evaluations) }),
        ...(waits.length === 0 ? {} : { waits }),
        ...(run.republished === undefined
          ? {}
          : { republished: { shards: run.republished.shards, at: run.republished.at.toISOString() } }),
      };
    },
    table: tableOf,
    async evaluations(reference, selection) {
      const { id } = await store.runs.find(reference);
      const chosen = new Set(await store.results.evaluations(id, selection));
      return (await store.runs.evaluations(id)).filter(({ ordinal }) => chosen.has(ordinal)).map(evaluationDetails);
    },
    async scores(reference, filter) {
      const run = await store.runs.find(reference);
      return store.results.scores({ runId: run.id, ...filter });
    },
    async samples(reference, query) {
      return store.results.samples({ ...query, ...(await samplesOf(reference)) });
    },
    async histogram(reference, query) {
      return store.results.histogram({ ...query, ...(await samplesOf(reference)) });
    },
    async samplePairs(reference, { with: other = reference, ...query }) {
      const [first, second] = [await samplesOf(reference), await samplesOf(other)];
      return store.results.samplePairs({
        ...{ ...query, runId: first.runId, otherRunId: second.runId, headline: first.headline },
        isOver: first.isOver && second.isOver,
      });
    },
    async comparisons(references, filter) {
      const found = await store.results.comparisons({ runIds: await idsOf(references), ...filter, scaleOf: scaleOfMeasure });
      return found.map((comparison) => comparisonWithinRange(comparison, describeMeasure));
    },
    async rankings(references, query) {
      return rankMethods(store.results, await tableOf(references, selectionOf(query)), query);
    },
    ...stored,
    askModel: createAskModel({ store, engines: options.engines, ...stored }),
    collectGarbage: (request) => store.collectGarbage(request),
    activity: () => readActivity(store, queue),
    async health() {
      const { serverVersion, sizeBytes } = await store.ping();
      return { postgres: serverVersion, databaseBytes: sizeBytes };
    },
  };
}

const scaleOfMeasure: ScaleOf = (name, measure) => {
  const description = describeMeasure(name, measure);
  return description === undefined ? 0 : scaleOf(description);
};

/**
 * @param seen the state judged by which processes attend to it: `interrupted` although the store still says that the run is
 * active
 */
function summaryOf(run: RunRecord, { state, stopping }: Pick<RunSummary, 'state' | 'stopping'>): RunSummary {
  return {
    id: run.id,
    name: run.name,
    state,
    ...(stopping === true ? { stopping } : {}),
    priority: run.priority,
    ...{ tags: [...run.tags], note: run.note },
    ...{ datasets: [...run.datasets], models: [...run.models], methods: [...run.methods] },
    createdAt: run.createdAt.toISOString(),
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt.toISOString() }),
    ...(run.finishedAt === undefined ? {} : { finishedAt: run.finishedAt.toISOString() }),
    ...(run.error === undefined ? {} : { error: run.error }),
  };
}

function evaluationDetails({ ordinal, plan }: EvaluationRecord): RunEvaluation {
  const method = explainers.find((one) => one.method === plan.explainer.method);
  const params = Object.entries(paramsOf(method, plan.explainer));
  return {
    ordinal,
    label: plan.label,
    dataset: plan.dataset.name,
    datasetFingerprint: plan.dataset.fingerprint,
    model: plan.model.name,
    modelFingerprint: plan.model.fingerprint,
    method: plan.explainer.method,
    methodVersion: plan.explainer.version,
    params: Object.fromEntries(params.filter(([name]) => method?.fileParams?.includes(name) !== true)),
    ...(plan.explainer.files.length === 0
      ? {}
      : { files: plan.explainer.files.map(({ name, sha256, size }) => ({ name, sha256, size })) }),
    ...(plan.explainer.background === undefined ? {} : { background: backgroundDetails(plan.explainer.background) }),
    engine: plan.engine,
    ...(plan.computedBy === undefined ? {} : { computedBy: plan.computedBy }),
    explainedClass: plan.explainedClass,
    seed: plan.seed,
    samples: plan.samples,
    datasetSize: plan.dataset.size,
    ...(plan.chosen === undefined ? {} : { chosen: plan.chosen }),
    settings: plan.settings.length,
    mapSetKey: mapSetKey(plan),
  };
}

function backgroundDetails({ dataset, size, selection }: PlannedBackground): NonNullable<RunEvaluation['background']> {
  const { name, fingerprint, size: datasetSize } = dataset;
  return { dataset: name, datasetFingerprint: fingerprint, datasetSize, size, selection };
}

/** The bytes of all files with one path: the packs of a folder of images. */
function sizeAt(path: string, files: readonly FileToShare[]): number {
  return files.filter((file) => file.path === path).reduce((sum, { size }) => sum + size, 0);
}
