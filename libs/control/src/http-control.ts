import {
  operations,
  pathOf,
  tableAnswerSchema,
  type RunSubmission,
  type ScoreRequestFilter,
  type ScoreRow,
} from '@xaigrid/contracts';
import { createClient, type Client, type ClientOptions } from './http/client.js';
import { followRun, type FollowPatience } from './http/follow-run.js';
import type { Patience } from './http/patience.js';
import { allMapRecords, allMaps, allPredictions, tensorFrom } from './http/read-ranges.js';
import { uploadFile } from './http/upload-file.js';
import type { RunControl } from './run-control.js';

export interface HttpControlOptions extends ClientOptions {
  /** Default: XAIGRID_TOKEN. */
  readonly token?: string;
  readonly patience?: Patience & FollowPatience;
}

/** The most that one request to the server asks for. */
const MOST_RUNS = 1_000;
const SCORES_A_PAGE = 10_000;

/**
 * Run control over the HTTP API of an orchestrator. It behaves like the control in the orchestrator's own process.
 * @throws USAGE for an unusable URL; its methods throw the orchestrator's errors, and SERVER_UNREACHABLE if it cannot be reached.
 */
export function createHttpControl(options: HttpControlOptions): RunControl {
  const { token = process.env.XAIGRID_TOKEN } = options;
  const { url, fetch, patience } = options;
  const client = createClient({
    url,
    ...(token === undefined || token === '' ? {} : { token }),
    ...(fetch === undefined ? {} : { fetch }),
    ...(patience === undefined ? {} : { patience }),
  });
  return {
    location: client.location,
    submit: (submission) => client.call(operations.submitRun, { body: withoutPaths(submission) }),
    async shareFiles(files) {
      for (const file of files) await uploadFile(client, file);
    },
    storedInputs: () => client.call(operations.storedInputs),
    async reuse({ evaluations, choices }: Pick<RunSubmission, 'evaluations' | 'choices'>) {
      const body = withoutPaths({ evaluations, ...(choices === undefined ? {} : { choices }) });
      return (await client.call(operations.reuse, { body })).reuse;
    },
    follow: (reference, followOptions) => followRun(client, reference, followOptions, patience),
    resume: (id, body) => client.call(operations.resumeRun, { params: { id }, body }),
    cancel: (id) => client.call(operations.cancelRun, { params: { id } }),
    async remove(id) {
      await client.request(pathOf(operations.removeRun, { id }), { method: operations.removeRun.method });
    },
    async list({ limit, ...query }) {
      return (await client.call(operations.listRuns, { query: { ...query, limit: Math.min(limit, MOST_RUNS) } })).runs;
    },
    edit: (id, body) => client.call(operations.editRun, { params: { id }, body }),
    show: (id) => client.call(operations.showRun, { params: { id } }),
    async table([id, ...others], selection = {}) {
      if (id === undefined) return [];
      const query = { with: others, ...selection };
      return (await client.call(tableAsJson, { params: { id }, query })).rows;
    },
    async evaluations(id, query) {
      return (await client.call(operations.evaluations, { params: { id }, query })).evaluations;
    },
    scores: (reference, filter) => allScores(client, reference, filter),
    samples: (id, query) => client.call(operations.samples, { params: { id }, query }),
    histogram: (id, query) => client.call(operations.histogram, { params: { id }, query }),
    samplePairs: (id, query) => client.call(operations.samplePairs, { params: { id }, query }),
    async comparisons([id, ...others], filter) {
      if (id === undefined) return [];
      const query = withOthers(filter, others);
      return (await client.call(operations.comparisons, { params: { id }, query })).comparisons;
    },
    async rankings([id, ...others], asked) {
      if (id === undefined) return [];
      const query = withOthers(asked, others);
      return (await client.call(operations.ranking, { params: { id }, query })).rankings;
    },
    maps: (id, ordinal, start, end) => allMaps(client, { id, ordinal }, start, end),
    mapRecords: (id, ordinal, start, end) => allMapRecords(client, { id, ordinal }, start, end),
    evaluation: (id, ordinal) => client.call(operations.evaluation, { params: { id, ordinal } }),
    predictions: (id, ordinal, start, end) => allPredictions(client, { id, ordinal }, start, end),
    async sample(id, ordinal, index) {
      const { headers, bytes } = await client.bytes(operations.sample, { params: { id, ordinal, index } });
      const labels = headers.get('x-labels');
      return {
        ...{ input: tensorFrom(client, bytes), label: Number(headers.get('x-label') ?? -1) },
        ...(labels === null ? {} : { labels: labels === '' ? [] : labels.split(',').map(Number) }),
      };
    },
    async region(id, ordinal, index) {
      const { bytes } = await client.bytes(operations.region, { params: { id, ordinal, index } });
      return tensorFrom(client, bytes);
    },
    askModel: (id, { ordinal, sampleIndex: index }, body) =>
      client.call(operations.askModel, { params: { id, ordinal, index }, body }),
    collectGarbage: (body) => client.call(operations.collectGarbage, { body }),
    activity: () => client.call(operations.activity),
    health: () => client.call(operations.storeHealth),
  };
}

/** Other runs of a request, where there are any. */
function withOthers<Query extends object>(
  query: Query,
  others: readonly string[],
): Query & { readonly with?: readonly string[] } {
  return others.length === 0 ? query : { ...query, with: others };
}

/** The operation answers in several formats. This client reads JSON. */
const tableAsJson = { ...operations.table, answer: tableAnswerSchema };

/** The value without the paths of this machine. In a plan, only references to files have a `path` beside a hash. */
function withoutPaths(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, fileWithoutPath));
}

function fileWithoutPath(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('sha256' in value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'path'));
}

async function allScores(client: Client, id: string, filter: ScoreRequestFilter): Promise<ScoreRow[]> {
  const scores: ScoreRow[] = [];
  const { range, ...plain } = filter;
  while (scores.length < filter.limit) {
    const limit = Math.min(filter.limit - scores.length, SCORES_A_PAGE);
    const query = { ...plain, ...range, limit, offset: filter.offset + scores.length };
    const page = await client.call(operations.scores, { params: { id }, query });
    scores.push(...page.scores);
    if (page.next === undefined) break;
  }
  return scores;
}
