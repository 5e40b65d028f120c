import {
  comparisonsAnswerSchema,
  evaluationDetailsSchema,
  evaluationsAnswerSchema,
  garbageReportSchema,
  reuseAnswerSchema,
  runDetailsSchema,
  runsAnswerSchema,
  runSummarySchema,
  scoresAnswerSchema,
  storeHealthSchema,
  tableAnswerSchema,
  type ComparisonFilter,
  type RunListQuery,
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

/** What one request to the server asks for at most. */
const MOST_RUNS = 1_000;
const SCORES_A_PAGE = 10_000;

/**
 * Run control over the HTTP API of an orchestrator; behaves as the one in the orchestrator's own process.
 * @throws USAGE for an unusable URL; its methods throw the orchestrator's errors, and SERVER_UNREACHABLE when it is not there.
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
    place: client.place,
    submit: (submission) =>
      client.json(runSummarySchema, '/v1/runs', { method: 'POST', json: withoutPaths(submission), timeoutMs: SLOW_MS }),
    async shareFiles(files) {
      for (const file of files) await uploadFile(client, file);
    },
    async reuse({ evaluations, choices }) {
      const json = withoutPaths({ evaluations, ...(choices === undefined ? {} : { choices }) });
      return (await client.json(reuseAnswerSchema, '/v1/reuse', { method: 'POST', json, timeoutMs: SLOW_MS })).reuse;
    },
    follow: (reference, followOptions) => followRun(client, reference, followOptions, patience),
    resume: (reference, json) => client.json(runSummarySchema, `${runPath(reference)}/resume`, { method: 'POST', json }),
    cancel: (reference) => client.json(runSummarySchema, `${runPath(reference)}/cancel`, { method: 'POST' }),
    async remove(reference) {
      await client.request(runPath(reference), { method: 'DELETE' });
    },
    async list({ limit, ...query }) {
      const path = `/v1/runs?${queryOf({ ...query, limit: Math.min(limit, MOST_RUNS) })}`;
      return (await client.json(runsAnswerSchema, path)).runs;
    },
    edit: (reference, json) => client.json(runSummarySchema, runPath(reference), { method: 'PATCH', json }),
    show: (reference) => client.json(runDetailsSchema, runPath(reference)),
    async table([first, ...others], selection = {}) {
      if (first === undefined) return [];
      const path = `${runPath(first)}/table?${queryOf({ with: others, ...selection })}`;
      return (await client.json(tableAnswerSchema, path, { timeoutMs: SLOW_MS })).rows;
    },
    async evaluations(reference, selection) {
      const path = `${runPath(reference)}/evaluations?${queryOf(selection)}`;
      return (await client.json(evaluationsAnswerSchema, path)).evaluations;
    },
    scores: (reference, filter) => allScores(client, reference, filter),
    async comparisons(reference, filter) {
      const path = `${runPath(reference)}/comparisons?${queryOf(filter)}`;
      return (await client.json(comparisonsAnswerSchema, path, { timeoutMs: SLOW_MS })).comparisons;
    },
    maps: (reference, ordinal, start, end) => allMaps(client, `${evaluationPath(reference, ordinal)}/maps`, start, end),
    mapRecords: (reference, ordinal, start, end) =>
      allMapRecords(client, `${evaluationPath(reference, ordinal)}/map-records`, start, end),
    evaluation: (reference, ordinal) => client.json(evaluationDetailsSchema, evaluationPath(reference, ordinal)),
    predictions: (reference, ordinal, start, end) =>
      allPredictions(client, `${evaluationPath(reference, ordinal)}/predictions`, start, end),
    async sample(reference, ordinal, sampleIndex) {
      const { headers, bytes } = await client.bytes(`${evaluationPath(reference, ordinal)}/samples/${sampleIndex}`);
      const labels = headers.get('x-labels');
      return {
        ...{ input: tensorFrom(client, bytes), label: Number(headers.get('x-label') ?? -1) },
        ...(labels === null ? {} : { labels: labels === '' ? [] : labels.split(',').map(Number) }),
      };
    },
    collectGarbage: (json) => client.json(garbageReportSchema, '/v1/gc', { method: 'POST', json, timeoutMs: SLOW_MS }),
    health: () => client.json(storeHealthSchema, '/v1/health'),
  };
}

/** For what the store may have to think about. */
const SLOW_MS = 300_000;

function runPath(reference: string): string {
  return `/v1/runs/${encodeURIComponent(reference)}`;
}

function evaluationPath(reference: string, ordinal: number): string {
  return `${runPath(reference)}/evaluations/${ordinal}`;
}

/** Where files are on this machine is nobody else's business. In a plan, only references to files have a `path` beside a hash. */
function withoutPaths(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, fileWithoutPath));
}

function fileWithoutPath(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('sha256' in value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'path'));
}

async function allScores(client: Client, reference: string, filter: ScoreRequestFilter): Promise<ScoreRow[]> {
  const scores: ScoreRow[] = [];
  while (scores.length < filter.limit) {
    const limit = Math.min(filter.limit - scores.length, SCORES_A_PAGE);
    const query = queryOf({ ...filter, limit, offset: filter.offset + scores.length });
    const page = await client.json(scoresAnswerSchema, `${runPath(reference)}/scores?${query}`, { timeoutMs: SLOW_MS });
    scores.push(...page.scores);
    if (page.next === undefined) break;
  }
  return scores;
}

/** A list becomes a repeated parameter. */
function queryOf({
  range,
  setting,
  ...plain
}: Partial<ScoreRequestFilter> & ComparisonFilter & Partial<RunListQuery> & { readonly with?: readonly string[] }): string {
  const fields = { ...plain, ...range, setting: setting === undefined ? undefined : JSON.stringify(setting) };
  const given = Object.entries(fields).flatMap(([name, value]) =>
    (value === undefined ? [] : [value].flat()).map((one) => `${name}=${encodeURIComponent(one)}`),
  );
  return given.join('&');
}
