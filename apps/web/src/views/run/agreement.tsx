import { Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Catalog, MethodRanking } from '../../api/queries.js';
import { measureOf } from '../../parts/texts.js';

/** Kendall's τ of every two metrics over the methods, as a heat map that is a table. */
export function Agreement({
  ranking,
  catalog,
}: {
  readonly ranking: MethodRanking;
  readonly catalog: Catalog | undefined;
}): ReactNode {
  const { columns, agreements } = ranking;
  const known = agreements.filter(({ overMethods }) => overMethods !== undefined);
  if (known.length === 0) return null;
  const between = (a: number, b: number) =>
    known.find(({ first, second }) => (first === a && second === b) || (first === b && second === a))?.overMethods;
  const name = (at: number) => {
    const column = columns[at];
    if (column === undefined) return '';
    const measure = measureOf(catalog, column.metric, column.measure);
    return measure === undefined || columns.filter(({ metric }) => metric === column.metric).length === 1
      ? column.metric
      : `${column.metric}, ${measure.title.toLowerCase()}`;
  };
  return (
    <>
      <Title order={3} size="h5" mt="md">
        Do the metrics agree?
      </Title>
      <Text size="sm" className="faint">
        Kendall’s τ between the orders that two metrics put the methods in, controls left out: 1 the same order, −1 the opposite
        one. Bold where the 95 % interval leaves out 0.
      </Text>
      <div className="scroll" tabIndex={0} role="region" aria-label="Agreement of metrics">
        <Table withColumnBorders verticalSpacing={2} horizontalSpacing="xs" w="auto" fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Td />
              {columns.map((_, at) => (
                <Table.Th
                  key={at}
                  scope="col"
                  style={{ writingMode: columns.length > 6 ? 'vertical-rl' : undefined, maxHeight: '14rem' }}
                >
                  {name(at)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {columns.map((_, row) => (
              <Table.Tr key={row}>
                <Table.Th scope="row" style={{ whiteSpace: 'nowrap' }}>
                  {name(row)}
                </Table.Th>
                {columns.map((__, at) => {
                  if (at === row)
                    return (
                      <Table.Td key={at} className="numbers faint">
                        ·
                      </Table.Td>
                    );
                  const found = between(row, at);
                  if (found === undefined)
                    return (
                      <Table.Td key={at} className="numbers faint">
                        –
                      </Table.Td>
                    );
                  const colour = found.tau >= 0 ? 'var(--mantine-color-blue-filled)' : 'var(--mantine-color-red-filled)';
                  return (
                    <Table.Td
                      key={at}
                      className="numbers"
                      fw={found.verdict === 'open' ? 400 : 700}
                      style={{
                        background: `color-mix(in srgb, ${colour} ${Math.round(45 * Math.abs(found.tau))}%, transparent)`,
                      }}
                      title={`${name(row)} and ${name(at)}: τ ${found.tau.toFixed(2)} [${found.interval.low.toFixed(2)}, ${found.interval.high.toFixed(2)}]`}
                    >
                      {found.tau.toFixed(2).replace('-', '−')}
                    </Table.Td>
                  );
                })}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </>
  );
}
