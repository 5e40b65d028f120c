import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, type ReactNode } from 'react';
import { catalogQuery, tableQuery, type RunDetails } from '../../api/queries.js';
import { useSetSearch } from '../../parts/search.js';
import { Empty, Failed, Loading } from '../../parts/states.js';
import { SampleControls } from './sample-controls.js';
import { SampleGrid } from './sample-grid.js';
import { SampleHistogram } from './sample-histogram.js';
import { sampleOrder } from './sample-order.js';

const route = getRouteApi('/runs/$id');

/** The samples of a run, with the maps of all methods side by side, in the order of any measure. */
export function Samples({ run }: { readonly run: RunDetails }): ReactNode {
  const search = route.useSearch();
  const table = useQuery(tableQuery(run.id, run));
  const { data: catalog } = useQuery(catalogQuery);
  const order = useMemo(
    () => (table.data === undefined ? undefined : sampleOrder(run, table.data, catalog, search)),
    [run, table.data, catalog, search],
  );
  const set = useSetSearch(route.useNavigate());
  if (table.data === undefined)
    return table.error === null ? <Loading what="samples" /> : <Failed error={table.error} again={() => void table.refetch()} />;
  if (order === undefined) return <Empty title="No scores yet">Samples appear here as soon as the first ones are scored.</Empty>;
  return (
    <Stack>
      <SampleControls run={run} order={order} rows={table.data} catalog={catalog} search={search} set={set} />
      <SampleHistogram run={run} order={order} catalog={catalog} search={search} set={set} />
      <SampleGrid run={run} order={order} catalog={catalog} search={search} set={set} />
    </Stack>
  );
}
