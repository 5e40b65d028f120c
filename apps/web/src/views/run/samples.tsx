import { Alert, Button, Group, NumberInput, Select, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import type { TableRow } from '@xaigrid/contracts';
import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { call } from '../../api/client.js';
import { catalogQuery, evaluationQuery, tableQuery, type Catalog, type RunDetails, type ScoreRow } from '../../api/queries.js';
import { Empty, Failed, Loading } from '../../parts/states.js';
import { canonical, measureOf, metricOf, settingText } from '../../parts/texts.js';
import type { SampleSearch } from '../../router.js';
import { sampleOrder, scoresAsked, type SampleOrder } from './sample-order.js';
import { SampleRow } from './sample-row.js';

const route = getRouteApi('/runs/$id');
const PAGE = 100;
/** A row's height before it was measured, in pixels. */
const ROW = 190;

/** The samples of a run, with the maps of all methods side by side, in the order of any measure. */
export function Samples({ run }: { readonly run: RunDetails }): ReactNode {
  const search = route.useSearch();
  const table = useQuery(tableQuery(run.id, run));
  const { data: catalog } = useQuery(catalogQuery);
  const order = useMemo(
    () => (table.data === undefined ? undefined : sampleOrder(run, table.data, catalog, search)),
    [run, table.data, catalog, search],
  );
  if (table.data === undefined)
    return table.error === null ? <Loading what="samples" /> : <Failed error={table.error} again={() => void table.refetch()} />;
  if (order === undefined) return <Empty title="No scores yet">Samples appear here as soon as the first ones are scored.</Empty>;
  return (
    <Stack>
      <Controls run={run} order={order} rows={table.data} catalog={catalog} search={search} />
      <Grid run={run} order={order} catalog={catalog} search={search} />
    </Stack>
  );
}

interface ControlsProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly rows: readonly TableRow[];
  readonly catalog: Catalog | undefined;
  readonly search: SampleSearch;
}

function Controls({ run, order, rows, catalog, search }: ControlsProps): ReactNode {
  const navigate = route.useNavigate();
  const { data: details } = useQuery(evaluationQuery(run.id, order.evaluation.ordinal));
  const set = (change: { [Key in keyof SampleSearch]?: SampleSearch[Key] | undefined }) =>
    void navigate({
      search: (old) =>
        Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value !== undefined)) as typeof old,
      replace: true,
    });
  const own = rows.filter(({ evaluation }) => evaluation === order.evaluation.ordinal);
  const ofMetric = own.filter(({ metric }) => metric === order.metric);
  const subjects = new Set(run.evaluations.map(({ dataset, model }) => `${dataset} ${model}`)).size;
  const title = (name: string) => measureOf(catalog, order.metric, name)?.title ?? name;
  return (
    <Group align="end" gap="sm">
      <Select
        label="By the scores of"
        data={run.evaluations.map(({ ordinal, label, dataset, model }) => ({
          value: String(ordinal),
          label: subjects > 1 ? `${label} (${model} on ${dataset})` : label,
        }))}
        value={String(order.evaluation.ordinal)}
        onChange={(value) => set({ by: Number(value) })}
        allowDeselect={false}
        searchable
      />
      <Select
        label="Metric"
        data={[...new Set(own.map(({ metric }) => metric))].map((value) => ({
          value,
          label: metricOf(catalog, value)?.title ?? value,
        }))}
        value={order.metric}
        onChange={(metric) =>
          set({
            metric: metric ?? undefined,
            setting: undefined,
            scoredClass: undefined,
            sort: undefined,
            low: undefined,
            high: undefined,
          })
        }
        allowDeselect={false}
      />
      {ofMetric.length > 1 ? (
        <Select
          label="Setting"
          data={[...new Map(ofMetric.map((row) => [canonical(row.setting), settingText(row.setting)]))].map(([value, label]) => ({
            value,
            label,
          }))}
          value={canonical(order.setting)}
          onChange={(setting) => set({ setting: setting ?? undefined })}
          allowDeselect={false}
          miw="14rem"
        />
      ) : null}
      <Select
        label="Order"
        data={[
          { value: 'sample', label: 'as in the data set' },
          ...order.measures.flatMap((name) => [
            { value: `-${name}`, label: `${title(name)}, highest first` },
            { value: name, label: `${title(name)}, lowest first` },
          ]),
        ]}
        value={order.sort}
        onChange={(sort) => set({ sort: sort ?? undefined, low: undefined, high: undefined })}
        allowDeselect={false}
        miw="14rem"
      />
      <Select
        label="Label"
        data={(details?.classNames ?? []).map((name, value) => ({ value: String(value), label: name }))}
        value={search.class === undefined ? null : String(search.class)}
        onChange={(value) => set({ class: value === null ? undefined : Number(value) })}
        placeholder="any"
        clearable
        searchable
        w="9rem"
      />
      <Select
        label="Maps"
        data={[
          { value: 'no', label: 'that say something' },
          { value: 'yes', label: 'the same everywhere' },
        ]}
        value={search.degenerate ?? null}
        onChange={(value) => set({ degenerate: value ?? undefined })}
        placeholder="all"
        clearable
        w="12rem"
      />
      <NumberInput
        label={`${title(order.measure)} from`}
        value={search.low ?? ''}
        onChange={(value) => set({ low: value === '' ? undefined : Number(value) })}
        w="8rem"
      />
      <NumberInput
        label="to"
        value={search.high ?? ''}
        onChange={(value) => set({ high: value === '' ? undefined : Number(value) })}
        w="8rem"
      />
    </Group>
  );
}

interface GridProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly catalog: Catalog | undefined;
  readonly search: SampleSearch;
}

function Grid({ run, order, catalog, search }: GridProps): ReactNode {
  const asked = scoresAsked(order, search);
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = useInfiniteQuery({
    queryKey: ['samples', run.id, asked, run.finishedAt],
    queryFn: ({ pageParam, signal }) =>
      call('scores', { params: { id: run.id }, query: { ...asked, limit: PAGE, offset: pageParam }, signal }),
    initialPageParam: 0,
    getNextPageParam: ({ next }, pages) => (next === undefined ? undefined : pages.length * PAGE),
  });
  const rows: readonly ScoreRow[] = useMemo(() => data?.pages.flatMap(({ scores }) => scores) ?? [], [data]);
  const list = useRef<HTMLDivElement>(null);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW,
    overscan: 3,
    scrollMargin: list.current?.offsetTop ?? 0,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= rows.length - 10) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (data === undefined)
    return error === null ? <Loading what="samples" /> : <Failed error={error} again={() => void refetch()} />;
  if (rows.length === 0) return <Empty title="No sample fits">Nothing is left by label, maps or range. Widen them above.</Empty>;
  const measure = measureOf(catalog, order.metric, order.measure);
  return (
    <>
      <Text size="sm" className="faint" role="status">
        {hasNextPage ? `The first ${rows.length} samples; more come as you scroll.` : `${rows.length} samples.`} Numbers:{' '}
        {(measure?.title ?? order.measure).toLowerCase()}, {order.metric}
        {Object.keys(order.setting).length > 0 ? ` (${settingText(order.setting)})` : ''}
        {measure?.direction === undefined ? '' : `; ${measure.direction} is better`}.
      </Text>
      <div ref={list} role="list" aria-label="Samples" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map(({ key, index, start }) => {
          const row = rows[index];
          return row === undefined ? null : (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              role="listitem"
              style={{
                position: 'absolute',
                top: 0,
                left: 0,
                right: 0,
                transform: `translateY(${start - virtual.options.scrollMargin}px)`,
              }}
            >
              <SampleRow run={run} order={order} row={row} search={search} place={index} />
            </div>
          );
        })}
      </div>
      {error === null ? null : (
        <Alert color="red" role="alert">
          {error.message}{' '}
          <Button size="xs" variant="default" onClick={() => void fetchNextPage()}>
            Try again
          </Button>
        </Alert>
      )}
    </>
  );
}
