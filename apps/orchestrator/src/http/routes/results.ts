import {
  comparisonFilterSchema,
  operations,
  rankingQuerySchema,
  sampleHistogramQuerySchema,
  sampleListQuerySchema,
  samplePairsQuerySchema,
  scoreFilterSchema,
  selectionIn,
  tableMediaTypes,
  withoutAbsent,
  XaigridError,
  type ScoreRequestFilter,
} from '@xaigrid/contracts';
import { formatTable } from '@xaigrid/report';
import type { HttpApp, HttpParts } from '../http-app.js';
import { serveOperation, type Asked } from '../serve-operation.js';

/** The most runs that one answer may have besides its first. */
const MOST_RUNS = 100;

/** The routes of tables, comparisons and rankings of one or several runs, and of the scores of single samples. */
export function addResultRoutes(app: HttpApp, { control }: HttpParts): void {
  serveOperation(app, operations.table, async ({ params, query, reply }) => {
    const { with: others, format, ...selection } = query;
    const rows = await control.table(runsOf(params.id, others), selectionIn(selection));
    if (format === 'json') return reply.type(tableMediaTypes.json).send({ rows });
    return reply.type(`${tableMediaTypes[format]}; charset=utf-8`).send(formatTable(rows, format));
  });

  serveOperation(app, operations.evaluations, async ({ params, query }) => ({
    evaluations: await control.evaluations(params.id, selectionIn(query)),
  }));

  serveOperation(app, operations.comparisons, async ({ params, query: { with: others, ...query } }) => ({
    comparisons: await control.comparisons(runsOf(params.id, others), comparisonFilterSchema.parse(query)),
  }));

  serveOperation(app, operations.ranking, async ({ params, query: { with: others, ...query } }) => ({
    rankings: await control.rankings(runsOf(params.id, others), rankingQuerySchema.parse(query)),
  }));

  serveOperation(app, operations.samples, ({ params, query }) =>
    control.samples(params.id, sampleListQuerySchema.parse(withoutAbsent(query))),
  );

  serveOperation(app, operations.histogram, ({ params, query }) =>
    control.histogram(params.id, sampleHistogramQuerySchema.parse(withoutAbsent(query))),
  );

  serveOperation(app, operations.samplePairs, ({ params, query }) =>
    control.samplePairs(params.id, samplePairsQuerySchema.parse(withoutAbsent(query))),
  );

  serveOperation(app, operations.scores, async ({ params, query, request, reply }) => {
    const filter = filterOf(query);
    // One more than requested, to know whether there is another page.
    const scores = await control.scores(params.id, { ...filter, limit: filter.limit + 1 });
    if (scores.length <= filter.limit) return { scores };
    const next = nextPage(request.url, filter);
    void reply.header('link', `<${next}>; rel="next"`);
    return { scores: scores.slice(0, filter.limit), next };
  });
}

/** @throws USAGE for more runs than one answer is made of */
function runsOf(first: string, others: readonly string[] = []): string[] {
  if (others.length > MOST_RUNS)
    throw new XaigridError('USAGE', `with names ${others.length} runs; an answer takes at most ${MOST_RUNS} besides the first.`);
  return [first, ...others];
}

function filterOf({ measure, low, high, ...others }: Asked<typeof operations.scores>['query']): ScoreRequestFilter {
  if (measure === undefined && (low ?? high) !== undefined)
    throw new XaigridError('USAGE', 'low and high are bounds of a measure. Name it: measure=drop.');
  if (measure === undefined) return scoreFilterSchema.parse(others);
  const range = { measure, ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
  return scoreFilterSchema.parse({ ...others, range });
}

function nextPage(url: string, { limit, offset }: ScoreRequestFilter): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  searchParams.set('limit', String(limit));
  searchParams.set('offset', String(offset + limit));
  return `${pathname}?${searchParams.toString()}`;
}
