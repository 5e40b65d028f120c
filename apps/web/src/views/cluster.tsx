import { Anchor, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { activityQuery, type Activity } from '../api/queries.js';
import { NewRunLink } from '../parts/new-run-link.js';
import { Failed, Loading } from '../parts/states.js';

const workers = { explain: 'Explainer workers', score: 'Metrics workers' } as const;
/** Speed is measured over this time, in milliseconds. */
const WINDOW_MS = 30_000;

/** Who computes what, what waits, how fast it goes, and what failed. */
export function Cluster(): ReactNode {
  useDocumentTitle('Cluster – xaigrid');
  const { data, error, refetch, dataUpdatedAt } = useQuery(activityQuery);
  const speed = useSpeed(data, dataUpdatedAt);
  if (data === undefined)
    return error === null ? <Loading what="what the workers do" /> : <Failed error={error} again={() => void refetch()} />;
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {data.isCluster ? 'The cluster' : 'This process'}
        </Title>
        {data.grafana === undefined ? null : (
          <Anchor href={data.grafana} rel="noreferrer">
            Grafana
          </Anchor>
        )}
      </Group>
      {error === null ? null : <Failed error={error} />}
      {data.isCluster ? null : (
        <Text>
          There is no cluster: xaigrid ui itself drives and computes runs, on the cores of this machine. On a cluster each worker
          is a process of its own, and this page shows them all.
        </Text>
      )}
      <Stages activity={data} speed={speed} />
      <AtWork activity={data} />
      <Failures activity={data} />
    </Stack>
  );
}

interface Speed {
  readonly explain: number;
  readonly score: number;
}

interface Sighting {
  readonly at: number;
  readonly done: ReadonlyMap<string, Speed>;
}

/** Samples a second at each stage, from what runs had done at two times. Undefined until there are two. */
function useSpeed(activity: Activity | undefined, at: number): Speed | undefined {
  const [seen, setSeen] = useState<readonly Sighting[]>([]);
  useEffect(() => {
    if (activity === undefined) return;
    const done = new Map(
      activity.running.map(({ id, progress }) => [id, { explain: progress.explained, score: progress.scored }]),
    );
    setSeen((old) => [...old.filter((one) => at - one.at <= WINDOW_MS && one.at < at), { at, done }]);
  }, [activity, at]);
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined || last.at === first.at) return undefined;
  const speed = (stage: keyof Speed): number => {
    let samples = 0;
    for (const [id, now] of last.done) samples += Math.max(0, now[stage] - (first.done.get(id) ?? now)[stage]);
    return (1000 * samples) / (last.at - first.at);
  };
  return { explain: speed('explain'), score: speed('score') };
}

function Stages({ activity, speed }: { readonly activity: Activity; readonly speed: Speed | undefined }): ReactNode {
  const busy = (stage: keyof Speed): number =>
    new Set(activity.atWork.filter((one) => one.stage === stage).map((one) => one.worker)).size;
  return (
    <section aria-labelledby="stages">
      <Title order={2} size="h4" id="stages">
        Queue and speed
      </Title>
      <div className="scroll" tabIndex={0} role="region" aria-label="Stages">
        <Table w="auto" verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Stage</Table.Th>
              {['Tasks waiting', 'Tasks in progress', 'Workers at work', 'Requests of idle workers', 'Samples a second'].map(
                (title) => (
                  <Table.Th key={title} scope="col" ta="right">
                    {title}
                  </Table.Th>
                ),
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {activity.stages.map(({ stage, waiting, inProgress, asking }) => (
              <Table.Tr key={stage}>
                <Table.Th scope="row" className="first">
                  {workers[stage]}
                </Table.Th>
                <Table.Td className="numbers">{waiting}</Table.Td>
                <Table.Td className="numbers">{inProgress}</Table.Td>
                <Table.Td className="numbers">{busy(stage)}</Table.Td>
                <Table.Td className="numbers">{asking}</Table.Td>
                <Table.Td className="numbers">{speed === undefined ? 'measuring' : Number(speed[stage].toPrecision(3))}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {activity.isCluster
        ? activity.stages
            .filter(({ waiting, inProgress, asking }) => waiting > 0 && inProgress === 0 && asking === 0)
            .map(({ stage }) => (
              <Text key={stage} c="red" role="alert">
                Tasks wait, and none of the {workers[stage].toLowerCase()} takes them: start one, or look at its log.
              </Text>
            ))
        : null}
      <Text size="sm" className="faint">
        Speed is of the last {WINDOW_MS / 1000} s, over all runs under way. {activity.deadLetters} tasks were given up in two
        weeks.
      </Text>
    </section>
  );
}

function AtWork({ activity: { atWork, running } }: { readonly activity: Activity }): ReactNode {
  const names = new Map(running.map(({ id, name }) => [id, name]));
  return (
    <section aria-labelledby="at-work">
      <Title order={2} size="h4" id="at-work">
        At work now
      </Title>
      {atWork.length === 0 ? (
        <Text>
          {running.length === 0
            ? 'No run is under way. '
            : 'No worker has a task at this moment; tasks of a few milliseconds are often missed. '}
          <NewRunLink>Start a run</NewRunLink>
        </Text>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Workers">
          <Table w="auto" verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                {['Worker', 'Does', 'Run', 'Method', 'Samples', 'Attempt'].map((title) => (
                  <Table.Th key={title} scope="col">
                    {title}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {atWork.map((one, at) => (
                <Table.Tr key={at}>
                  <Table.Th scope="row" className="wrap">
                    {one.worker}
                  </Table.Th>
                  <Table.Td>{one.stage === 'explain' ? 'draws maps' : 'scores maps'}</Table.Td>
                  <Table.Td>
                    <Link to="/runs/$id" params={{ id: one.runId }} className="link">
                      {names.get(one.runId) ?? one.runId}
                    </Link>
                  </Table.Td>
                  <Table.Td className="wrap">{one.label}</Table.Td>
                  <Table.Td className="numbers">{one.samples}</Table.Td>
                  <Table.Td className="numbers">{one.attempt}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </section>
  );
}

function Failures({ activity: { failed } }: { readonly activity: Activity }): ReactNode {
  return (
    <section aria-labelledby="failures">
      <Title order={2} size="h4" id="failures">
        Failed samples of the latest runs
      </Title>
      {failed.length === 0 ? <Text>None.</Text> : null}
      {failed.map(({ id, name, failures }) => (
        <div key={id}>
          <Text mt="xs">
            <Link to="/runs/$id" params={{ id }} className="link">
              {name}
            </Link>
            {failures.length === 20 ? ', the first 20 shards; its page lists more' : ''}
          </Text>
          <ul>
            {failures.map((failure) => (
              <li key={`${failure.shardId} ${failure.stage}`} className="wrap">
                <Link
                  to="/runs/$id/samples/$index"
                  params={{ id, index: String(failure.start) }}
                  search={{ by: failure.evaluation }}
                  className="link"
                >
                  {failure.end - failure.start === 1
                    ? `Sample ${failure.start}`
                    : `Samples ${failure.start} to ${failure.end - 1}`}
                </Link>
                , {failure.stage}, after {failure.attempts} {failure.attempts === 1 ? 'attempt' : 'attempts'}: {failure.code}:{' '}
                {failure.message}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
