import { Code, CopyButton, Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { RunDetails } from '../../api/queries.js';
import { NewRunLink } from '../../parts/new-run-link.js';

/** Where the numbers come from: the spec, versions, and every hash. */
export function Origin({ run }: { readonly run: RunDetails }): ReactNode {
  const { counters, versions } = run;
  return (
    <Stack gap="lg">
      <section>
        <Group justify="space-between">
          <Title order={2} size="h4">
            Spec
          </Title>
          <Group gap="xs">
            <NewRunLink from={run.id}>New run from it</NewRunLink>
            <Copy text={run.specText} what="the spec" />
          </Group>
        </Group>
        <Text size="sm" className="faint">
          Save it as a file and <code>xaigrid run FILE</code> repeats the run; what is stored is not computed again.
        </Text>
        <Code block className="wrap" mt="xs" tabIndex={0} style={{ maxHeight: '30rem' }}>
          {run.specText}
        </Code>
      </section>
      <section>
        <Title order={2} size="h4">
          What was computed
        </Title>
        <Text size="sm">
          {counters.mapsComputed} maps and {counters.scoresComputed} scores were computed, {counters.mapsReused} and{' '}
          {counters.scoresReused} found stored. xaigrid {versions.xaigrid}, Node {versions.node}, {versions.platform}.
        </Text>
      </section>
      <section>
        <Title order={2} size="h4">
          Evaluations
        </Title>
        <div className="scroll" tabIndex={0} role="region" aria-label="Evaluations">
          <Table fz="sm" verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                {[
                  'Number',
                  'Name',
                  'Method',
                  'Parameters',
                  'Data set',
                  'Model',
                  'Computed by',
                  'Samples',
                  'Seed',
                  'Key of its maps',
                ].map((title) => (
                  <Table.Th key={title} scope="col">
                    {title}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {run.evaluations.map((one) => (
                <Table.Tr key={one.ordinal}>
                  <Table.Td className="numbers">{one.ordinal}</Table.Td>
                  <Table.Th scope="row" className="wrap">
                    {one.label}
                  </Table.Th>
                  <Table.Td>
                    {one.method}, version {one.methodVersion}
                  </Table.Td>
                  <Table.Td className="wrap" style={{ minWidth: '12rem' }}>
                    {Object.entries(one.params)
                      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
                      .join(', ') || '–'}
                    {one.background === undefined
                      ? ''
                      : `; background: ${one.background.size} of ${one.background.datasetSize} samples of ${one.background.dataset}, ${one.background.selection}`}
                  </Table.Td>
                  <Table.Td>
                    {one.dataset} <Hash text={one.datasetFingerprint} />
                  </Table.Td>
                  <Table.Td>
                    {one.model} <Hash text={one.modelFingerprint} />
                  </Table.Td>
                  <Table.Td className="wrap">{computedBy(one)}</Table.Td>
                  <Table.Td className="numbers">
                    {one.samples}
                    {one.datasetSize === undefined ? '' : ` of ${one.datasetSize}`}
                  </Table.Td>
                  <Table.Td className="numbers">{one.seed}</Table.Td>
                  <Table.Td>
                    <Hash text={one.mapSetKey} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </section>
    </Stack>
  );
}

function computedBy({ engine, computedBy: by }: RunDetails['evaluations'][number]): string {
  return by === undefined ? engine : Object.values(by).map(String).join(', ');
}

/** The beginning of a hash; all of it as a title. */
function Hash({ text }: { readonly text: string }): ReactNode {
  return (
    <Code title={text} fz="xs">
      {text.slice(0, 8)}
    </Code>
  );
}

function Copy({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="xs" variant="default" onClick={copy} aria-live="polite">
          {copied ? 'Copied' : `Copy ${what}`}
        </Button>
      )}
    </CopyButton>
  );
}
