import { Stack, Table, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQueries } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { runQuery, type RunDetails } from '../api/queries.js';
import { Empty, Failed, Loading } from '../parts/states.js';
import { Time } from '../parts/time.js';
import { useSetSearch } from '../parts/search.js';
import { Pairs } from './pairs.js';
import { SpecDifference } from './spec-difference.js';

const route = getRouteApi('/compare');

/** Several runs beside each other: how the same method did in each, and what differs between their specs. */
export function Compare(): ReactNode {
  useDocumentTitle('Compare runs – xaigrid');
  const search = route.useSearch();
  const set = useSetSearch(route.useNavigate());
  const { runs: named = '' } = search;
  const ids = named.split(',').filter((id) => id !== '');
  const found = useQueries({ queries: ids.map((id) => runQuery(id)) });
  const failed = found.find(({ error }) => error !== null);
  const runs = found.flatMap(({ data }) => data ?? []);
  if (ids.length < 2)
    return (
      <Empty title="Two runs or more are compared">
        Tick them in the <Link to="/">list of runs</Link>, and press Compare.
      </Empty>
    );
  if (failed?.error !== undefined && failed.error !== null)
    return <Failed error={failed.error} again={() => void failed.refetch()} />;
  if (runs.length < ids.length) return <Loading what="the runs" />;
  const nameOf = (id: string): string => nameIn(runs, id);
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        Compare {runs.length} runs
      </Title>
      <Table w="auto" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {['Run', 'Created', 'Data sets', 'Models', 'Methods'].map((title) => (
              <Table.Th key={title} scope="col">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Table.Tr key={run.id}>
              <Table.Th scope="row">
                <Link to="/runs/$id" params={{ id: run.id }} className="link">
                  {nameOf(run.id)}
                </Link>
              </Table.Th>
              <Table.Td>
                <Time at={run.createdAt} />
              </Table.Td>
              <Table.Td className="wrap">{run.datasets.join(', ')}</Table.Td>
              <Table.Td className="wrap">{run.models.join(', ')}</Table.Td>
              <Table.Td className="wrap">{run.methods.join(', ')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <section aria-labelledby="pairs">
        <Title order={2} size="h4" id="pairs">
          The same method in two runs
        </Title>
        <Pairs
          runs={runs}
          across="runs"
          stamp={runs.map(({ finishedAt = '' }) => finishedAt).join()}
          {...{ nameOf, search, set }}
        />
      </section>
      <section aria-labelledby="specs">
        <Title order={2} size="h4" id="specs">
          What differs between the specs
        </Title>
        {runs.slice(1).map((run) => (
          <div key={run.id}>
            <Text size="sm" mt="sm">
              {nameOf(runs[0]?.id ?? '')} (−) and {nameOf(run.id)} (+)
            </Text>
            <SpecDifference before={runs[0]?.specText ?? ''} after={run.specText} />
          </div>
        ))}
      </section>
    </Stack>
  );
}

/** The name of a run; with its id where two have that name. */
function nameIn(runs: readonly RunDetails[], id: string): string {
  const run = runs.find((one) => one.id === id || one.id.startsWith(id));
  if (run === undefined) return id;
  return runs.filter(({ name }) => name === run.name).length > 1 ? `${run.name} (${run.id})` : run.name;
}
