import { Button, Group, Menu, Text } from '@mantine/core';
import type { Column, Row } from '@tanstack/react-table';
import { latexTable, markdownTable, type MarkupTable, type TableRow } from '@xaigrid/contracts';
import { useState, type ReactNode } from 'react';
import { urlOf } from '../../api/client.js';
import { plainText } from '../../api/plain-text.js';
import type { RunDetails } from '../../api/queries.js';
import { formatValue } from '../../parts/texts.js';

interface CopyProps {
  readonly run: RunDetails;
  readonly metric: string;
  /** What is shown, in its order. */
  readonly rows: readonly Row<TableRow>[];
  readonly columns: readonly Column<TableRow>[];
}

type Shown = Pick<CopyProps, 'rows' | 'columns'>;

const formats = {
  Markdown: (shown: Shown) => markdownTable(textsOf(shown)),
  LaTeX: (shown: Shown) => latexTable(textsOf(shown)),
  CSV: csvOf,
};

/** Copies the table as it is shown: sorted, filtered, without hidden columns. JSON has all of the metric. */
export function CopyTable({ run, metric, rows, columns }: CopyProps): ReactNode {
  const [state, setState] = useState('');
  const copy = (name: string, text: Promise<string>) =>
    void text
      .then((found) => navigator.clipboard.writeText(found))
      .then(
        () => setState(`Copied as ${name}.`),
        () => setState('Not copied: the server or the clipboard refused.'),
      );
  return (
    <Group gap="xs">
      <Menu>
        <Menu.Target>
          <Button variant="default">Copy as …</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {Object.entries(formats).map(([name, format]) => (
            <Menu.Item key={name} onClick={() => copy(name, Promise.resolve(format({ rows, columns })))}>
              {name}, as shown
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => copy('JSON', jsonOf(run.id, metric))}>JSON, the whole metric</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Text size="sm" role="status">
        {state}
      </Text>
    </Group>
  );
}

async function jsonOf(id: string, metric: string): Promise<string> {
  const response = await fetch(urlOf('table', { params: { id }, query: { metric, format: 'json' } }));
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.text();
}

function measureIn({ columnDef }: Column<TableRow>): string | undefined {
  return (columnDef.meta as { readonly measure?: string } | undefined)?.measure;
}

function titleOf({ columnDef, id }: Column<TableRow>): string {
  return typeof columnDef.header === 'string' ? columnDef.header : id;
}

/** A cell that is no measure. */
function plainCell(row: Row<TableRow>, { id }: Column<TableRow>): string {
  if (id === 'against') return (row.original.against ?? []).map(({ code }) => code.replaceAll('-', ' ')).join(', ');
  return plainText(row.getValue(id));
}

/** Rounded as on the page, with intervals. */
function textsOf({ rows, columns }: Shown): MarkupTable {
  return {
    columns: columns.map((column) => ({
      title: titleOf(column),
      align: measureIn(column) === undefined && column.id !== 'samples' ? 'left' : 'right',
    })),
    rows: rows.map((row) =>
      columns.map((column) => {
        const measure = measureIn(column);
        if (measure === undefined) return plainCell(row, column);
        const found = row.original.measures[measure];
        if (found === undefined) return '';
        const { interval } = found;
        const bounds = interval === undefined ? '' : ` [${formatValue(interval.low)}, ${formatValue(interval.high)}]`;
        return `${formatValue(found.value)}${bounds}`;
      }),
    ),
  };
}

/** With all digits; the bounds of an interval have columns of their own. */
function csvOf({ rows, columns }: Shown): string {
  const cells = (row: Row<TableRow> | undefined): string[] =>
    columns.flatMap((column) => {
      const measure = measureIn(column);
      const hasInterval = rows.some(({ original }) => original.measures[measure ?? '']?.interval !== undefined);
      if (row === undefined) {
        const title = measure ?? titleOf(column);
        return hasInterval ? [title, `${title}_low`, `${title}_high`] : [title];
      }
      if (measure === undefined) return [plainCell(row, column)];
      const found = row.original.measures[measure];
      const bounds = hasInterval ? [found?.interval?.low, found?.interval?.high] : [];
      return [found?.value, ...bounds].map((number) => (number === undefined ? '' : plainText(number)));
    });
  const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [undefined, ...rows].map((row) => `${cells(row).map(quoted).join(',')}\n`).join('');
}
