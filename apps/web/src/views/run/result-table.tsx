import { Alert, Anchor, Button, Checkbox, Group, Popover, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useViewportSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import {
  createColumnHelper,
  flexRender,
  functionalUpdate,
  getCoreRowModel,
  getFilteredRowModel,
  getSortedRowModel,
  useReactTable,
  type Column,
  type SortingState,
} from '@tanstack/react-table';
import type { TableRow } from '@xaigrid/contracts';
import { getRouteApi } from '@tanstack/react-router';
import { useLayoutEffect, useMemo, useRef, useState, type CSSProperties, type ReactNode, type RefObject } from 'react';
import { plainText } from '../../api/plain-text.js';
import { numberOf } from '../../api/client.js';
import { catalogQuery, tableQuery, type Catalog, type RunDetails } from '../../api/queries.js';
import { searchField } from '../../parts/keys.js';
import { useSetSearch } from '../../parts/search.js';
import { Empty, Failed, Loading } from '../../parts/states.js';
import { formatValue, measureOf, metricOf } from '../../parts/texts.js';
import { CopyTable } from './copy-table.js';

const route = getRouteApi('/runs/$id');

/** Every row of the run's table, a metric at a time. */
export function ResultTable({ run }: { readonly run: RunDetails }): ReactNode {
  const { data, error, refetch } = useQuery(tableQuery(run.id, run));
  const { data: catalog } = useQuery(catalogQuery);
  const metrics = useMemo(() => [...new Set((data ?? []).map(({ metric }) => metric))], [data]);
  const search = route.useSearch();
  const set = useSetSearch(route.useNavigate());
  const metric = metrics.find((name) => name === search.metric) ?? metrics[0] ?? '';
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
          onChange={(value) => set({ metric: value ?? undefined, order: undefined, hide: undefined, pin: undefined })}
          allowDeselect={false}
          miw="16rem"
        />
      </Group>
      <Text size="sm">{metricOf(catalog, metric)?.summary}</Text>
      <Rows key={metric} run={run} metric={metric} rows={rows} catalog={catalog} />
    </Stack>
  );
}

const helper = createColumnHelper<TableRow>();

interface RowsProps {
  readonly run: RunDetails;
  readonly metric: string;
  readonly rows: readonly TableRow[];
  readonly catalog: Catalog | undefined;
}

/** Columns that stay in sight when the table is scrolled, unless the address says otherwise. */
const pinnedFirst: readonly string[] = ['label'];
const nothing: readonly string[] = [];

function Rows({ run, metric, rows, catalog }: RowsProps): ReactNode {
  const { order = nothing, only: filter = '', hide = nothing, pin = pinnedFirst } = route.useSearch();
  const set = useSetSearch(route.useNavigate());
  const sorting: SortingState = useMemo(
    () => order.map((one) => ({ id: one.replace(/^-/, ''), desc: one.startsWith('-') })),
    [order],
  );
  const columns = useMemo(() => columnsOf(rows, catalog), [rows, catalog]);
  const data = useMemo(() => [...rows], [rows]);
  const table = useReactTable({
    ...{ data, columns, getCoreRowModel: getCoreRowModel(), getSortedRowModel: getSortedRowModel() },
    getFilteredRowModel: getFilteredRowModel(),
    // There are no pages; going to the first one would draw the table again without end.
    autoResetPageIndex: false,
    onSortingChange: (change) => {
      const next = functionalUpdate(change, sorting);
      set({ order: next.length === 0 ? undefined : next.map(({ id, desc }) => `${desc ? '-' : ''}${id}`) });
    },
    state: {
      sorting: sorting.filter(({ id }) => columns.some((column) => column.id === id)),
      columnVisibility: Object.fromEntries(hide.map((id) => [id, false])),
      columnPinning: { left: pin.filter((id) => columns.some((column) => column.id === id)) },
      globalFilter: filter,
    },
    globalFilterFn: (row, _column, text: string) =>
      `${row.original.label} ${row.original.dataset} ${row.original.model} ${JSON.stringify(row.original.setting)}`
        .toLowerCase()
        .includes(text.toLowerCase()),
    isMultiSortEvent: (event) => (event as MouseEvent).shiftKey,
  });
  const shown = table.getRowModel().rows;
  const head = useRef<HTMLTableRowElement>(null);
  const lefts = usePinnedPlaces(
    head,
    table
      .getLeftVisibleLeafColumns()
      .map(({ id }) => id)
      .join('\n'),
    shown.length,
  );
  const pinned = (column: Column<TableRow>, isHead = false): CSSProperties | undefined =>
    column.getIsPinned() === 'left'
      ? {
          position: 'sticky',
          left: lefts[column.getPinnedIndex()] ?? 0,
          zIndex: isHead ? 2 : 1,
          background: 'var(--mantine-color-body)',
        }
      : undefined;
  const toggled = (list: readonly string[], id: string) => (list.includes(id) ? list.filter((one) => one !== id) : [...list, id]);
  const marked = rows.filter(({ against = [] }) => against.length > 0);
  return (
    <>
      <Group>
        <TextInput
          aria-label="Only rows with"
          placeholder="only rows with …"
          value={filter}
          onChange={(event) => set({ only: event.currentTarget.value === '' ? undefined : event.currentTarget.value })}
          {...searchField}
        />
        <Popover trapFocus returnFocus>
          <Popover.Target>
            <Button variant="default">Columns</Button>
          </Popover.Target>
          <Popover.Dropdown>
            <Stack gap="xs" role="group" aria-label="Columns shown">
              {table.getAllLeafColumns().map((column) => (
                <Group key={column.id} justify="space-between" wrap="nowrap">
                  <Checkbox
                    label={titleOf(column.columnDef.header)}
                    checked={column.getIsVisible()}
                    onChange={() => {
                      const next = toggled(hide, column.id);
                      set({ hide: next.length === 0 ? undefined : next });
                    }}
                  />
                  <Button
                    size="compact-xs"
                    variant={column.getIsPinned() === false ? 'default' : 'filled'}
                    aria-pressed={column.getIsPinned() !== false}
                    aria-label={`Pin ${titleOf(column.columnDef.header)}`}
                    onClick={() => set({ pin: toggled(pin, column.id) })}
                  >
                    {column.getIsPinned() === false ? 'pin' : 'pinned'}
                  </Button>
                </Group>
              ))}
            </Stack>
          </Popover.Dropdown>
        </Popover>
        <CopyTable run={run} metric={metric} rows={shown} columns={table.getVisibleLeafColumns()} />
        <Text size="sm" className="faint" role="status">
          {shown.length === rows.length ? `${rows.length} rows` : `${shown.length} of ${rows.length} rows`}
        </Text>
      </Group>
      <div className="scroll" tabIndex={0} role="region" aria-label="Table of results">
        <Table stickyHeader verticalSpacing={4}>
          <Table.Thead>
            {table.getHeaderGroups().map((group) => (
              <Table.Tr key={group.id} ref={head}>
                {group.headers.map((header) => {
                  const sorted = header.column.getIsSorted();
                  return (
                    <Table.Th
                      key={header.id}
                      scope="col"
                      style={pinned(header.column, true)}
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
                  <Table.Td key={cell.id} style={pinned(cell.column)}>
                    {flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {shown.length === 0 ? (
        <Empty title="No row fits">
          Nothing has “{filter}” in its names or setting.{' '}
          <Anchor component="button" onClick={() => set({ only: undefined })}>
            Show all rows
          </Anchor>
        </Empty>
      ) : null}
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

/** Where each pinned column begins, in pixels: columns are as wide as what is in them. */
function usePinnedPlaces(head: RefObject<HTMLTableRowElement | null>, columns: string, rows: number): readonly number[] {
  const [places, setPlaces] = useState<readonly number[]>([]);
  const { width } = useViewportSize();
  useLayoutEffect(() => {
    const widths = [...(head.current?.children ?? [])].map((cell) => cell.getBoundingClientRect().width);
    const next = columns.split('\n').map((_, at) => widths.slice(0, at).reduce((sum, one) => sum + one, 0));
    setPlaces((old) => (old.join() === next.join() ? old : next));
  }, [head, columns, rows, width]);
  return places;
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
        meta: { measure: name },
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
