import { Table, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { ModelQuality } from '../../../api/queries.js';
import { formatValue } from '../../../parts/texts.js';

/** Rows beyond these are shown on request. */
const MOST_ROWS = 100;

const columns = [
  ['support', 'Samples'],
  ['predicted', 'Predicted'],
  ['precision', 'Precision'],
  ['recall', 'Recall'],
  ['f1', 'F1'],
  ['rocAuc', 'ROC AUC'],
  ['averagePrecision', 'Average precision'],
] as const;
type Column = (typeof columns)[number][0] | 'class';

interface ClassTableProps {
  readonly quality: ModelQuality;
  readonly runId: string;
  readonly ordinal: number;
}

/** Every class in numbers, in any order. */
export function ClassTable({ quality, runId, ordinal }: ClassTableProps): ReactNode {
  const [{ by, descending }, setOrder] = useState<{ readonly by: Column; readonly descending: boolean }>({
    by: 'class',
    descending: false,
  });
  const [all, setAll] = useState(false);
  const { classNames, perClass } = quality;
  const rows = perClass.toSorted((a, b) => (descending ? -1 : 1) * ((a[by] ?? -1) - (b[by] ?? -1)) || a.class - b.class);
  const heading = (column: Column, title: string): ReactNode => (
    <Table.Th
      key={column}
      scope="col"
      ta={column === 'class' ? 'left' : 'right'}
      aria-sort={by === column ? (descending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        className="sortable"
        onClick={() => setOrder({ by: column, descending: by === column && !descending })}
      >
        {title}
        {by === column ? (descending ? ' ↓' : ' ↑') : ''}
      </button>
    </Table.Th>
  );
  return (
    <section aria-labelledby="classes">
      <Title order={2} size="h4" id="classes">
        Classes
      </Title>
      <div className="scroll" tabIndex={0} role="region" aria-label="Each class in numbers">
        <Table w="auto" verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              {heading('class', 'Class')}
              {columns.map(([column, title]) => heading(column, title))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.slice(0, all ? undefined : MOST_ROWS).map((scores) => (
              <Table.Tr key={scores.class}>
                <Table.Th scope="row" className="first" fw={400}>
                  <Link
                    to="/runs/$id"
                    params={{ id: runId }}
                    search={{ part: 'samples', by: ordinal, class: scores.class }}
                    className="link"
                  >
                    {classNames[scores.class]}
                  </Link>
                </Table.Th>
                <Table.Td className="numbers">{scores.support}</Table.Td>
                <Table.Td className="numbers">{scores.predicted}</Table.Td>
                <Table.Td className="numbers">
                  {scores.predicted === 0 ? 'never predicted' : formatValue(scores.precision)}
                </Table.Td>
                <Table.Td className="numbers">{scores.support === 0 ? '–' : formatValue(scores.recall)}</Table.Td>
                <Table.Td className="numbers">{scores.support === 0 ? '–' : formatValue(scores.f1)}</Table.Td>
                <Table.Td className="numbers">{scores.rocAuc === undefined ? '–' : formatValue(scores.rocAuc)}</Table.Td>
                <Table.Td className="numbers">{scores.support === 0 ? '–' : formatValue(scores.averagePrecision)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {rows.length > MOST_ROWS && !all ? (
        <Text size="sm">
          {MOST_ROWS} of {rows.length} classes are shown.{' '}
          <button type="button" className="sortable" onClick={() => setAll(true)}>
            Show all
          </button>
        </Text>
      ) : null}
    </section>
  );
}
