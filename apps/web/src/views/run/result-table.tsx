import { Alert, Button, Checkbox, Group, Menu, Popover, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import {
  createColumnHelper,
  flexRender,
  getCoreRowModel,
  getFilteredRowModel,
  getSortedRowModel,
  useReactTable,
  type SortingState,
  type VisibilityState,
} from '@tanstack/react-table';
import type { TableRow } from '@xaigrid/contracts';
import { useMemo, useState, type ReactNode } from 'react';
import { plainText } from '../../api/plain-text.js';
import { numberOf, urlOf } from '../../api/client.js';
import { catalogQuery, tableQuery, type Catalog, type RunDetails } from '../../api/queries.js';
import { Empty, Failed, Loading } from '../../parts/states.js';
import { formatValue, measureOf, metricOf } from '../../parts/texts.js';

/** Every row of the run's table, a metric at a time. */
export function ResultTable({ run }: { readonly run: RunDetails }): ReactNode {
  const { data, error, refetch } = useQuery(tableQuery(run.id, run));
  const { data: catalog } = useQuery(catalogQuery);
  const metrics = useMemo(() => [...new Set((data ?? []).map(({ metric }) => metric))], [data]);
  const [chosen, setChosen] = useState<string | null>(null);
  const metric = chosen !== null && metrics.includes(chosen) ? chosen : (metrics[0] ?? '');
  if (data === undefined)
    return error === null ? <Loading what="the table" /> : <Failed error={error} again={() => void refetch()} />;
  if (data.length === 0) return <Empty title="No scores yet">They appear here as soon as the first samples are scored.</Empty>;
  const rows = data.filter((row) => row.metric === metric);
  return (
    <Stack gap="sm">
      <Group align="end">
        <Select
          label="Metric"
          data={metrics.map((value) => ({ value, label: metricOf(catalog, value)?.title ?? value }))}
          value={metric}
          onChange={setChosen}
          allowDeselect={false}
          miw="16rem"
        />
        <CopyTable run={run} metric={metric} />
      </Group>
      <Text size="sm">{metricOf(catalog, metric)?.summary}</Text>
      <Rows key={metric} rows={rows} catalog={catalog} />
    </Stack>
  );
}

const formats = { Markdown: 'markdown', LaTeX: 'latex', CSV: 'csv', JSON: 'json' } as const;

/** Copies the metric's rows as the API formats them. */
function CopyTable({ run, metric }: { readonly run: RunDetails; readonly metric: string }): ReactNode {
  const [state, setState] = useState('');
  const copy = async (format: keyof typeof formats) => {
    const response = await fetch(urlOf('table', { params: { id: run.id }, query: { metric, format: formats[format] } }));
    if (!response.ok) throw new Error(`status ${response.status}`);
    await navigator.clipboard.writeText(await response.text());
  };
  return (
    <Group gap="xs">
      <Menu>
        <Menu.Target>
          <Button variant="default">Copy as …</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(Object.keys(formats) as (keyof typeof formats)[]).map((format) => (
            <Menu.Item
              key={format}
              onClick={() =>
                void copy(format).then(
                  () => setState(`Copied as ${format}.`),
                  () => setState('Not copied: the server or the clipboard refused.'),
                )
              }
            >
              {format}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Text size="sm" role="status">
        {state}
      </Text>
    </Group>
  );
}

const helper = createColumnHelper<TableRow>();

function Rows({ rows, catalog }: { readonly rows: readonly TableRow[]; readonly catalog: Catalog | undefined }): ReactNode {
  const [sorting, setSorting] = useState<SortingState>([]);
  const [visibility, setVisibility] = useState<VisibilityState>({});
  const [filter, setFilter] = useState('');
  const columns = useMemo(() => columnsOf(rows, catalog), [rows, catalog]);
  const data = useMemo(() => [...rows], [rows]);
  const table = useReactTable({
    ...{ data, columns, getCoreRowModel: getCoreRowModel(), getSortedRowModel: getSortedRowModel() },
    ...{ getFilteredRowModel: getFilteredRowModel(), onSortingChange: setSorting, onColumnVisibilityChange: setVisibility },
    state: { sorting, columnVisibility: visibility, globalFilter: filter },
    globalFilterFn: (row, _column, text: string) =>
      `${row.original.label} ${row.original.dataset} ${row.original.model} ${JSON.stringify(row.original.setting)}`
        .toLowerCase()
        .includes(text.toLowerCase()),
    isMultiSortEvent: (event) => (event as MouseEvent).shiftKey,
  });
  const shown = table.getRowModel().rows;
  const marked = rows.filter(({ against = [] }) => against.length > 0);
  return (
    <>
      <Group>
        <TextInput
          aria-label="Only rows with"
          placeholder="only rows with …"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        <Popover trapFocus returnFocus>
          <Popover.Target>
            <Button variant="default">Columns</Button>
          </Popover.Target>
          <Popover.Dropdown>
            <Stack gap="xs" role="group" aria-label="Columns shown">
              {table.getAllLeafColumns().map((column) => (
                <Checkbox
                  key={column.id}
                  label={titleOf(column.columnDef.header)}
                  checked={column.getIsVisible()}
                  onChange={() => column.toggleVisibility()}
                />
              ))}
            </Stack>
          </Popover.Dropdown>
        </Popover>
        <Text size="sm" className="faint" role="status">
          {shown.length === rows.length ? `${rows.length} rows` : `${shown.length} of ${rows.length} rows`}
        </Text>
      </Group>
      <div className="scroll" tabIndex={0} role="region" aria-label="Table of results">
        <Table stickyHeader verticalSpacing={4}>
          <Table.Thead>
            {table.getHeaderGroups().map((group) => (
              <Table.Tr key={group.id}>
                {group.headers.map((header) => {
                  const sorted = header.column.getIsSorted();
                  return (
                    <Table.Th
                      key={header.id}
                      scope="col"
                      aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}
                    >
                      <button type="button" className="sortable" onClick={header.column.getToggleSortingHandler()}>
                        {flexRender(header.column.columnDef.header, header.getContext())}
                        {sorted === 'asc' ? ' ▲' : sorted === 'desc' ? ' ▼' : ''}
                      </button>
                    </Table.Th>
                  );
                })}
              </Table.Tr>
            ))}
          </Table.Thead>
          <Table.Tbody>
            {shown.map((row) => (
              <Table.Tr key={row.id}>
                {row.getVisibleCells().map((cell) => (
                  <Table.Td key={cell.id}>{flexRender(cell.column.columnDef.cell, cell.getContext())}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {shown.length === 0 ? <Empty title="No row fits">Nothing has “{filter}” in its names or setting.</Empty> : null}
      {marked.length === 0 ? null : (
        <Alert color="yellow" variant="light" title={`Something speaks against ${marked.length} of ${rows.length} rows`}>
          <ul style={{ margin: 0, paddingLeft: '1.2rem' }}>
            {[...new Set(marked.flatMap(({ label, against = [] }) => against.map(({ text }) => `${label}: ${text}`)))]
              .slice(0, 30)
              .map((text) => (
                <li key={text}>{text}</li>
              ))}
          </ul>
        </Alert>
      )}
    </>
  );
}

function titleOf(header: unknown): string {
  return typeof header === 'string' ? header : '';
}

function columnsOf(rows: readonly TableRow[], catalog: Catalog | undefined) {
  const several = (of: (row: TableRow) => string) => new Set(rows.map(of)).size > 1;
  const settingKeys = [...new Set(rows.flatMap(({ setting }) => Object.keys(setting)))].filter((key) =>
    several(({ setting }) => JSON.stringify(setting[key])),
  );
  const metric = rows[0]?.metric ?? '';
  const measures = [...new Set(rows.flatMap((row) => Object.keys(row.measures)))]
    .map((name) => ({ name, known: measureOf(catalog, metric, name) }))
    .filter(({ known }) => known?.role !== 'detail');
  const text = (id: string, header: string, of: (row: TableRow) => string) => helper.accessor(of, { id, header });
  return [
    text('label', 'Method', ({ label }) => label),
    ...(several(({ dataset }) => dataset) ? [text('dataset', 'Data set', ({ dataset }) => dataset)] : []),
    ...(several(({ model }) => model) ? [text('model', 'Model', ({ model }) => model)] : []),
    ...(several(({ engine }) => engine) ? [text('engine', 'Engine', ({ engine }) => engine)] : []),
    ...(several(({ scoredClass }) => scoredClass) ? [text('scoredClass', 'Scored class', ({ scoredClass }) => scoredClass)] : []),
    ...settingKeys.map((key) =>
      helper.accessor(({ setting }) => setting[key] as string | number, {
        id: `setting ${key}`,
        header: key,
        cell: ({ row: { original } }) => plainText(original.setting[key]),
      }),
    ),
    ...measures.map(({ name, known }) =>
      helper.accessor((row) => numberOf(row.measures[name]?.value), {
        id: `measure ${name}`,
        header: `${known?.title ?? name}${known?.direction === undefined ? '' : known.direction === 'higher' ? ' ↑' : ' ↓'}`,
        sortUndefined: 'last',
        cell: ({ row: { original } }) => <Value of={original.measures[name]} />,
      }),
    ),
    helper.accessor(({ samples }) => samples, {
      id: 'samples',
      header: 'Samples',
      cell: ({ row: { original } }) =>
        original.samples === original.planned ? original.samples : `${original.samples} of ${original.planned}`,
    }),
    helper.accessor(({ against = [] }) => against.length, {
      id: 'against',
      header: 'Against',
      cell: ({ row: { original } }) => (
        <span title={original.against?.map(({ text: reason }) => reason).join('\n')}>
          {original.against?.map(({ code }) => code.replaceAll('-', ' ')).join(', ')}
        </span>
      ),
    }),
  ];
}

function Value({ of }: { readonly of: TableRow['measures'][string] | undefined }): ReactNode {
  if (of === undefined) return <span className="faint">–</span>;
  return (
    <span style={{ whiteSpace: 'nowrap' }}>
      {formatValue(of.value)}
      {of.interval === undefined ? null : (
        <span className="faint">
          {' '}
          [{formatValue(of.interval.low)}, {formatValue(of.interval.high)}]
        </span>
      )}
    </span>
  );
}
