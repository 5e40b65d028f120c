import {
  comparisonFilterSchema,
  comparisonsAnswerSchema,
  evaluationsAnswerSchema,
  scoreFilterSchema,
  type ScoreRequestFilter,
  scoresAnswerSchema,
  tableAnswerSchema,
  XaigridError,
} from '@xaigrid/contracts';
import { formatTable, tableFormats, type TableFormat } from '@xaigrid/report';
import { z } from 'zod';
import type { HttpApp, HttpParts } from '../http-app.js';
import {
  againstSchema,
  decimalNumber,
  measureName,
  referenceListSchema,
  runParamsSchema,
  selectionIn,
  selectionQuerySchema,
  wholeNumber,
  yesOrNo,
} from '../requests.js';

/** Runs that one table may have beside its first. */
const MOST_RUNS = 100;

const mediaTypes: Readonly<Record<TableFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv',
  markdown: 'text/markdown',
  latex: 'application/x-latex',
  table: 'text/plain',
};

const scoresQuerySchema = selectionQuerySchema.extend({
  limit: wholeNumber('Scores a page; default 100.', { min: 1, max: 10_000 }).optional(),
  offset: wholeNumber('Scores to skip.').optional(),
  sort: z
    .string()
    .regex(/^-?[A-Za-z][A-Za-z0-9_]{0,63}$/, 'expected sample or a measure, with - in front for descending order')
    .optional()
    .meta({
      description: '`sample` or a measure; `-` in front: descending. Default: evaluation, setting, sample.',
      examples: ['-drop'],
    }),
  sample: wholeNumber('Only this sample.').optional(),
  class: wholeNumber('Only samples with this label.').optional(),
  degenerate: yesOrNo('Only degenerate maps, or only others.').optional(),
  measure: measureName('The measure that low and high are about.').optional(),
  low: decimalNumber('Lowest value of the measure.').optional(),
  high: decimalNumber('Highest value of the measure.').optional(),
});
type ScoresQuery = z.output<typeof scoresQuerySchema>;

const comparisonsQuerySchema = selectionQuerySchema.extend({
  measure: measureName('Only this measure; default all that are means or shares.').optional(),
  against: againstSchema.optional(),
});

/** The table of one or several runs, and the scores of single samples. */
export function addResultRoutes(app: HttpApp, { control }: HttpParts): void {
  app.get(
    '/v1/runs/:id/table',
    {
      schema: {
        ...{ operationId: 'table', tags: ['results'], summary: 'The rates of a run, of several side by side with `with`.' },
        params: runParamsSchema,
        querystring: selectionQuerySchema.extend({
          with: referenceListSchema.optional(),
          format: z.enum(tableFormats).default('json'),
        }),
        response: {
          200: {
            description: 'The table in the format asked for.',
            content: Object.fromEntries(
              tableFormats.map((format) => [mediaTypes[format], { schema: format === 'json' ? tableAnswerSchema : z.string() }]),
            ),
          },
        },
      },
    },
    async (request, reply) => {
      const { with: others = [], format, ...selection } = request.query;
      if (others.length > MOST_RUNS)
        throw new XaigridError('USAGE', `with names ${others.length} runs; a table has at most ${MOST_RUNS} beside the first.`);
      const rows = await control.table([request.params.id, ...others], selectionIn(selection));
      if (format === 'json') return reply.type(mediaTypes.json).send({ rows });
      return reply.type(`${mediaTypes[format]}; charset=utf-8`).send(formatTable(rows, format));
    },
  );

  app.get(
    '/v1/runs/:id/evaluations',
    {
      schema: {
        ...{ operationId: 'evaluations', tags: ['results'], summary: 'The evaluations of a run that have what is chosen.' },
        ...{ params: runParamsSchema, querystring: selectionQuerySchema, response: { 200: evaluationsAnswerSchema } },
      },
    },
    async (request) => ({ evaluations: await control.evaluations(request.params.id, selectionIn(request.query)) }),
  );

  app.get(
    '/v1/runs/:id/comparisons',
    {
      schema: {
        ...{ operationId: 'comparisons', tags: ['results'], summary: 'Evaluations in pairs, compared sample by sample.' },
        ...{ params: runParamsSchema, querystring: comparisonsQuerySchema, response: { 200: comparisonsAnswerSchema } },
      },
    },
    async (request) => ({
      comparisons: await control.comparisons(request.params.id, comparisonFilterSchema.parse(request.query)),
    }),
  );

  app.get(
    '/v1/runs/:id/scores',
    {
      schema: {
        ...{ operationId: 'scores', tags: ['results'], summary: 'Scores of single samples, a page at a time.' },
        ...{ params: runParamsSchema, querystring: scoresQuerySchema, response: { 200: scoresAnswerSchema } },
      },
    },
    async (request, reply) => {
      const filter = filterOf(request.query);
      // One more than asked for tells whether there is another page.
      const scores = await control.scores(request.params.id, { ...filter, limit: filter.limit + 1 });
      if (scores.length <= filter.limit) return { scores };
      const next = nextPage(request.url, filter);
      void reply.header('link', `<${next}>; rel="next"`);
      return { scores: scores.slice(0, filter.limit), next };
    },
  );
}

function filterOf({ measure, low, high, ...others }: ScoresQuery): ScoreRequestFilter {
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
