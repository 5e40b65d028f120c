import { Alert, Stack, Table, Text, Title, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactNode } from 'react';
import { catalogQuery, rankingQuery, type Catalog, type MethodRanking, type RunDetails } from '../../api/queries.js';
import { Empty, Failed, Loading } from '../../parts/states.js';
import { formatValue, measureOf, metricOf, settingText } from '../../parts/texts.js';
import { Agreement } from './agreement.js';

/** The methods of each model and data set, ranked by each metric, and how well the metrics agree. */
export function Ranks({ run }: { readonly run: RunDetails }): ReactNode {
  const { data, error, refetch } = useQuery(rankingQuery(run.id, run));
  const { data: catalog } = useQuery(catalogQuery);
  if (data === undefined)
    return error === null ? <Loading what="ranks" /> : <Failed error={error} again={() => void refetch()} />;
  if (data.length === 0)
    return (
      <Empty title="Nothing to rank yet">
        No metric of this run ranks methods, or none has scores yet. The table has all rows.
      </Empty>
    );
  return (
    <Stack gap="xl">
      {data.map((ranking) => (
        <section key={`${ranking.dataset} ${ranking.model}`} aria-label={`${ranking.model} on ${ranking.dataset}`}>
          <Title order={2} size="h4" mb={4}>
            {ranking.model} on {ranking.dataset}
          </Title>
          <RankTable ranking={ranking} catalog={catalog} />
          {ranking.unranked.length === 0 ? null : (
            <Text size="sm" className="faint">
              Not ranked, because neither high nor low is better:{' '}
              {ranking.unranked.map(({ metric, measure }) => `${metric} ${measure}`).join(', ')}.
            </Text>
          )}
          <Agreement ranking={ranking} catalog={catalog} />
        </section>
      ))}
    </Stack>
  );
}

function RankTable({ ranking, catalog }: { readonly ranking: MethodRanking; readonly catalog: Catalog | undefined }): ReactNode {
  const { methods, columns } = ranking;
  const order = methods
    .map((method, at) => ({ method, at }))
    .sort((a, b) => (a.method.meanRank ?? Infinity) - (b.method.meanRank ?? Infinity));
  const hasMarks = columns.some(({ against }) => against?.some((codes) => codes.length > 0) === true);
  return (
    <>
      <div className="scroll" tabIndex={0} role="region" aria-label={`Ranks of methods, ${ranking.model} on ${ranking.dataset}`}>
        <Table withColumnBorders verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col" className="first">
                Method
              </Table.Th>
              <Table.Th scope="col" style={{ verticalAlign: 'bottom' }}>
                Mean rank
              </Table.Th>
              {columns.map((column, at) => {
                const measure = measureOf(catalog, column.metric, column.measure);
                return (
                  <Table.Th key={at} scope="col" style={{ minWidth: '6.5rem', verticalAlign: 'bottom' }}>
                    <Tooltip label={measure?.meaning ?? column.measure} multiline maw={320}>
                      <span tabIndex={0}>
                        {columnTitle(catalog, column)}{' '}
                        <span aria-label={`${column.direction} is better`}>{column.direction === 'higher' ? '↑' : '↓'}</span>
                      </span>
                    </Tooltip>
                    <Text size="xs" className="faint" fw={400}>
                      {settingText(column.setting)}
                      {column.settings > 1 ? `, one of ${column.settings} settings` : ''}
                    </Text>
                  </Table.Th>
                );
              })}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {order.map(({ method, at }) => (
              <Table.Tr key={`${method.runId} ${method.label} ${method.engine}`}>
                <Table.Th scope="row" className="first" fw={method.control ? 400 : 600}>
                  {method.label}
                  {method.control ? <span className="faint"> (control)</span> : null}
                </Table.Th>
                <Table.Td className="numbers">{method.meanRank === null ? '–' : method.meanRank.toFixed(2)}</Table.Td>
                {columns.map((column, place) => (
                  <Fragment key={place}>
                    <RankCell column={column} at={at} methods={methods.length} />
                  </Fragment>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {hasMarks ? (
        <Alert color="yellow" mt="xs" p="xs" variant="light" title="Marked values">
          <Text size="sm">
            Something speaks against a value with a mark (*). Point at it to see what; the table says it in full.
          </Text>
        </Alert>
      ) : null}
    </>
  );
}

/** The title of the metric, and of the measure where that is another. */
function columnTitle(catalog: Catalog | undefined, { metric, measure }: MethodRanking['columns'][number]): string {
  const title = metricOf(catalog, metric)?.title ?? metric;
  const own = measureOf(catalog, metric, measure)?.title ?? measure;
  return own.toLowerCase() === title.toLowerCase() ? title : `${title}: ${own.toLowerCase()}`;
}

interface RankCellProps {
  readonly column: MethodRanking['columns'][number];
  readonly at: number;
  readonly methods: number;
}

/** A value with its rank; the better the rank, the stronger its ground. */
function RankCell({ column, at, methods }: RankCellProps): ReactNode {
  const [value, rank] = [column.values[at], column.ranks[at]];
  const against = column.against?.[at] ?? [];
  if (value === null || value === undefined || rank === null || rank === undefined)
    return <Table.Td className="numbers">–</Table.Td>;
  const strength = methods > 1 ? 1 - (rank - 1) / (methods - 1) : 1;
  return (
    <Table.Td
      className="numbers"
      style={{ background: `color-mix(in srgb, var(--mantine-color-blue-filled) ${Math.round(30 * strength)}%, transparent)` }}
      title={against.length > 0 ? `against it: ${against.join(', ')}` : undefined}
    >
      {formatValue(value)}
      {against.length > 0 ? '*' : ''}{' '}
      <Text span size="xs" className="faint">
        {Number.isInteger(rank) ? rank : rank.toFixed(1)}.
      </Text>
    </Table.Td>
  );
}
