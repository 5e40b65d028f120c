import { Anchor, Badge, Button, Checkbox, Group, MultiSelect, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue, useDocumentTitle } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { runsQuery, type RunSummary } from '../api/queries.js';
import { searchField } from '../parts/keys.js';
import { RunActions } from '../parts/run-actions.js';
import { Pace, RunState } from '../parts/run-state.js';
import { Empty, Failed, Loading } from '../parts/states.js';
import { Time } from '../parts/time.js';

const states = ['planned', 'running', 'done', 'done-with-failures', 'failed', 'cancelled', 'interrupted'];
const PAGE = 50;
/** The most runs that the API answers at once. */
const MOST = 1_000;
const route = getRouteApi('/');

/** All runs of the store, newest first. */
export function Runs(): ReactNode {
  useDocumentTitle('Runs – xaigrid');
  const { search = '', state = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(search);
  const [wanted] = useDebouncedValue(typed, 250);
  const [limit, setLimit] = useState(PAGE);
  useEffect(() => {
    void navigate({ search: (old) => ({ ...old, search: wanted === '' ? undefined : wanted }), replace: true });
  }, [wanted, navigate]);
  const chosen = state === '' ? [] : state.split(',');
  const { data, error, refetch } = useQuery({
    ...runsQuery({ search, states: chosen.length === 0 ? undefined : chosen, limit }),
    placeholderData: keepPreviousData,
  });
  const isFiltered = search !== '' || chosen.length > 0;
  return (
    <Stack gap="md">
      <Title order={1} size="h2">
        Runs
      </Title>
      <Group align="end">
        <TextInput
          {...searchField}
          label="Search"
          placeholder="name, tag, model, data set, method"
          description="Press / to search"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          miw="18rem"
        />
        <MultiSelect
          label="State"
          data={states.map((value) => ({ value, label: value.replaceAll('-', ' ') }))}
          value={chosen}
          onChange={(values) =>
            void navigate({
              search: (old) => ({ ...old, state: values.length === 0 ? undefined : values.join(',') }),
            })
          }
          placeholder={chosen.length === 0 ? 'any' : ''}
          clearable
          miw="12rem"
        />
      </Group>
      {error !== null && data === undefined ? <Failed error={error} again={() => void refetch()} /> : null}
      {error !== null && data !== undefined ? <Failed error={error} /> : null}
      {data === undefined ? (
        error === null ? (
          <Loading what="runs" />
        ) : null
      ) : data.length > 0 ? (
        <RunTable runs={data} />
      ) : isFiltered ? (
        <Empty title="No run fits">
          Search or state leave nothing.{' '}
          <Anchor
            component="button"
            onClick={() => {
              setTyped('');
              void navigate({ search: {} });
            }}
          >
            Show all runs
          </Anchor>
        </Empty>
      ) : (
        <Empty title="Nothing has been run yet">
          <code>xaigrid init</code> writes a spec, <code>xaigrid run</code> computes it, and the run appears here.
        </Empty>
      )}
      {data !== undefined && data.length >= limit && limit < MOST ? (
        <Button variant="default" onClick={() => setLimit(Math.min(MOST, limit + 4 * PAGE))}>
          The latest {limit} runs are shown. Show more
        </Button>
      ) : null}
      {data !== undefined && data.length >= MOST ? <Text>The latest {MOST} runs are shown. Search for older ones.</Text> : null}
    </Stack>
  );
}

function RunTable({ runs }: { readonly runs: readonly RunSummary[] }): ReactNode {
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const chosen = ticked.filter((id) => runs.some((run) => run.id === id));
  const tick = (id: string, isOn: boolean) => setTicked((old) => (isOn ? [...old, id] : old.filter((one) => one !== id)));
  return (
    <>
      <Group>
        <Link to="/compare" search={{ runs: chosen.join(',') }} className="link" disabled={chosen.length < 2}>
          {chosen.length < 2 ? 'Compare: tick two runs or more' : `Compare ${chosen.length} runs`}
        </Link>
      </Group>
      <div className="scroll" tabIndex={0} role="region" aria-label="Runs">
        <Table highlightOnHover verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>
                <span className="skip">Compare</span>
              </Table.Th>
              {['Name', 'State', 'Created', 'Data sets', 'Models', 'Methods', 'Tags'].map((title) => (
                <Table.Th key={title}>{title}</Table.Th>
              ))}
              <Table.Th>
                <span className="skip">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {runs.map((run) => (
              <Table.Tr key={run.id}>
                <Table.Td>
                  <Checkbox
                    aria-label={`Compare ${run.name}`}
                    checked={chosen.includes(run.id)}
                    onChange={(event) => tick(run.id, event.currentTarget.checked)}
                  />
                </Table.Td>
                <Table.Td className="wrap">
                  <Link to="/runs/$id" params={{ id: run.id }} className="link">
                    {run.name}
                  </Link>
                  <Text size="xs" className="faint" component="div">
                    {run.id}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <RunState run={run} />
                  <Pace run={run} />
                </Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <Time at={run.createdAt} />
                </Table.Td>
                <Table.Td className="wrap">{some(run.datasets)}</Table.Td>
                <Table.Td className="wrap">{some(run.models)}</Table.Td>
                <Table.Td className="wrap">{some(run.methods)}</Table.Td>
                <Table.Td>
                  <Group gap={4}>
                    {run.tags.map((tag) => (
                      <Badge key={tag} variant="outline" tt="none" color="gray">
                        {tag}
                      </Badge>
                    ))}
                  </Group>
                </Table.Td>
                <Table.Td>
                  <RunActions run={run} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </>
  );
}

/** `sise, grad-cam and 3 more`, all of them as a title. */
function some(names: readonly string[]): ReactNode {
  const [first, second, ...others] = names;
  const shown = others.length > 1 ? `${first ?? ''}, ${second ?? ''} and ${others.length} more` : names.join(', ');
  return <span title={names.join(', ')}>{shown}</span>;
}
