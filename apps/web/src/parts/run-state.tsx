import { Badge, Group, Progress, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { isUnderWay, type RunSummary } from '../api/queries.js';
import { usePace } from './pace.js';

const colours: Readonly<Record<RunSummary['state'], string>> = {
  planned: 'gray',
  running: 'blue',
  done: 'teal',
  'done-with-failures': 'orange',
  failed: 'red',
  cancelled: 'gray',
  interrupted: 'yellow',
};

export function RunState({ run }: { readonly run: RunSummary }): ReactNode {
  const share = shareDone(run);
  return (
    <Group gap="xs" wrap="nowrap">
      <Badge
        color={colours[run.state]}
        variant="light"
        tt="none"
        styles={{ label: { overflow: 'visible', color: 'var(--mantine-color-text)' } }}
      >
        {run.state.replaceAll('-', ' ')}
      </Badge>
      {isUnderWay(run.state) && share !== undefined ? (
        <>
          <Progress value={100 * share} w={80} aria-label={`${run.name}: done`} />
          <Text size="xs">{Math.floor(100 * share)} %</Text>
        </>
      ) : null}
    </Group>
  );
}

/** How fast a run gets on, and how long it still takes: `12 samples a second, about 3 min left`. Nothing of a run that is over. */
export function Pace({ run }: { readonly run: Pick<RunSummary, 'id' | 'state' | 'progress'> }): ReactNode {
  const said = usePace(run);
  return said === '' ? null : (
    <Text size="xs" className="faint">
      {said}
    </Text>
  );
}

/** The share of the run that is done, by cost if it is known. */
export function shareDone({ progress }: Pick<RunSummary, 'progress'>): number | undefined {
  if (progress === undefined) return undefined;
  const { work, samples, explained, scored, failed } = progress;
  if (work !== undefined && work.total > 0) return 1 - work.open / work.total;
  return samples === 0 ? undefined : (explained + scored + 2 * failed) / (2 * samples);
}
