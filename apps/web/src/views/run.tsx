import { Badge, Group, Progress, Stack, Tabs, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, type ReactNode } from 'react';
import { urlOf } from '../api/client.js';
import { isUnderWay, runQuery, type RunDetails } from '../api/queries.js';
import { RunActions } from '../parts/run-actions.js';
import { Pace, RunState, shareDone } from '../parts/run-state.js';
import { Failed, Loading } from '../parts/states.js';
import { useSetSearch } from '../parts/search.js';
import { duration, Time } from '../parts/time.js';
import { Pairs } from './pairs.js';
import { Curves } from './run/curves.js';
import { Origin } from './run/origin.js';
import { Ranks } from './run/ranks.js';
import { ResultTable } from './run/result-table.js';
import { Samples } from './run/samples.js';

export const runParts = ['ranks', 'table', 'pairs', 'curves', 'model', 'samples', 'origin'] as const;
export type RunPart = (typeof runParts)[number];

const titles: Readonly<Record<RunPart, string>> = {
  ranks: 'Methods ranked',
  table: 'Table',
  pairs: 'Pairs',
  curves: 'Curves',
  model: 'Model',
  samples: 'Samples',
  origin: 'Origin',
};
const ModelPage = lazy(() => import('./run/model/model-page.js').then(({ ModelPage: component }) => ({ default: component })));

const route = getRouteApi('/runs/$id');

/** One run: what it found, its samples, and where its numbers come from. */
export function Run(): ReactNode {
  const { id } = route.useParams();
  const { part = 'ranks' } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: run, error, refetch } = useQuery(runQuery(id));
  useDocumentTitle(`${run?.name ?? 'Run'} – xaigrid`);
  useLiveProgress(run);
  if (run === undefined)
    return error === null ? <Loading what="the run" /> : <Failed error={error} again={() => void refetch()} />;
  return (
    <Stack gap="md">
      <Head run={run} />
      {error === null ? null : <Failed error={error} />}
      <Tabs
        value={part}
        onChange={(next) => void navigate({ search: { part: (next ?? 'ranks') as RunPart }, replace: false })}
        keepMounted={false}
      >
        <Tabs.List aria-label="Parts of the run">
          {runParts.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {titles[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {runParts.map((one) => (
          <Tabs.Panel key={one} value={one} pt="md">
            <Part part={one} run={run} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}

function Part({ part, run }: { readonly part: RunPart; readonly run: RunDetails }): ReactNode {
  switch (part) {
    case 'ranks':
      return <Ranks run={run} />;
    case 'table':
      return <ResultTable run={run} />;
    case 'pairs':
      return <MethodPairs run={run} />;
    case 'curves':
      return <Curves run={run} />;
    case 'model':
      return (
        <Suspense fallback={<Loading what="the page of the model" />}>
          <ModelPage run={run} />
        </Suspense>
      );
    case 'samples':
      return <Samples run={run} />;
    case 'origin':
      return <Origin run={run} />;
  }
}

function MethodPairs({ run }: { readonly run: RunDetails }): ReactNode {
  const runs = useMemo(() => [run], [run]);
  const set = useSetSearch(route.useNavigate());
  return <Pairs runs={runs} across="methods" stamp={run.finishedAt} search={route.useSearch()} set={set} />;
}

function Head({ run }: { readonly run: RunDetails }): ReactNode {
  const { progress } = run;
  const share = shareDone(run);
  return (
    <Stack gap={6}>
      <Group justify="space-between" align="start" wrap="nowrap">
        <Title order={1} size="h2" className="wrap">
          {run.name}
        </Title>
        <RunActions run={run} />
      </Group>
      <Group gap="md">
        <RunState run={run} />
        <Text size="sm" className="faint">
          {run.id}, <Time at={run.createdAt} />
          {run.startedAt !== undefined && run.finishedAt !== undefined ? `, took ${duration(run.startedAt, run.finishedAt)}` : ''}
        </Text>
        {run.tags.map((tag) => (
          <Badge key={tag} variant="outline" tt="none" color="gray">
            {tag}
          </Badge>
        ))}
      </Group>
      {run.note === '' ? null : <Text className="wrap">{run.note}</Text>}
      {isUnderWay(run.state) && share !== undefined ? (
        <div role="status">
          <Progress value={100 * share} aria-label="Done" />
          <Text size="sm">
            {Math.floor(100 * share)} %: {progress.explained} of {progress.samples} maps, {progress.scored} samples scored
            {progress.failed > 0 ? `, ${progress.failed} failed` : ''}. Results below are of what is stored so far.
          </Text>
          <Pace run={run} />
          {(run.waits ?? []).map((sentence) => (
            <Text key={sentence} size="sm">
              {sentence}
            </Text>
          ))}
        </div>
      ) : null}
      {run.error === undefined ? null : (
        <Text c="red" size="sm" className="wrap">
          {run.error.code}: {run.error.message}
        </Text>
      )}
      {run.failures.length === 0 ? null : (
        <details>
          <summary>
            {run.failures.reduce((sum, { samples }) => sum + samples, 0)} samples failed, in {run.failures.length} shards
          </summary>
          <ul>
            {run.failures.slice(0, 50).map((failure) => (
              <li key={`${failure.shardId} ${failure.stage}`} className="wrap">
                {run.evaluations[failure.evaluation]?.label ?? failure.evaluation}, samples {failure.start} to {failure.end - 1},{' '}
                {failure.stage}: {failure.code}: {failure.message}
              </li>
            ))}
          </ul>
          {run.failures.length > 50 ? (
            <p>
              The first 50 of {run.failures.length} are shown; xaigrid show {run.id} lists all.
            </p>
          ) : null}
        </details>
      )}
    </Stack>
  );
}

/** Takes progress as the server sends it. Without the stream, for example behind a proxy, the run is read every two seconds. */
function useLiveProgress(run: RunDetails | undefined): void {
  const queries = useQueryClient();
  const id = run?.id;
  const isLive = run !== undefined && isUnderWay(run.state);
  useEffect(() => {
    if (id === undefined || !isLive) return undefined;
    const source = new EventSource(urlOf('events', { params: { id } }));
    source.addEventListener('progress', (event: MessageEvent<string>) => {
      const { state, progress, waits } = JSON.parse(event.data) as Pick<RunDetails, 'state' | 'progress' | 'waits'>;
      queries.setQueriesData<RunDetails>({ queryKey: ['run'] }, (old) =>
        old?.id === id ? { ...old, state, progress, ...(waits === undefined ? {} : { waits }) } : old,
      );
    });
    source.addEventListener('end', () => {
      source.close();
      void queries.invalidateQueries();
    });
    return () => source.close();
  }, [id, isLive, queries]);
}
