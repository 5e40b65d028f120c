import { Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Answer } from '../../api/client.js';

type Plan = NonNullable<Answer<'planSpec'>['plan']>;

/** What a run would compute and store. */
export function PlanView({ plan }: { readonly plan: Plan }): ReactNode {
  const { evaluations, notes } = plan;
  const sum = (of: (one: Plan['evaluations'][number]) => number): number =>
    evaluations.reduce((total, one) => total + of(one), 0);
  const isTimed = evaluations.every(({ seconds }) => seconds !== undefined);
  const atMost = evaluations.some(({ passes }) => passes.atMost === true);
  return (
    <section aria-labelledby="plan">
      <Title order={2} size="h4" id="plan">
        The plan
      </Title>
      <Text role="status">
        {evaluations.length} {evaluations.length === 1 ? 'evaluation' : 'evaluations'};{' '}
        {sum(({ samples, storedMaps }) => samples - storedMaps)} maps to compute, {sum(({ storedMaps }) => storedMaps)} are
        stored. In all {atMost ? 'at most ' : ''}
        {scaled(
          sum(({ flop }) => flop),
          'FLOP',
        )}
        , {isTimed ? `${seconds(sum(({ seconds: own = 0 }) => own))} of computing here, ` : ''}
        {scaled(
          sum(({ bytes }) => bytes),
          'B',
        )}{' '}
        to store.
      </Text>
      {isTimed ? null : (
        <Text size="sm" className="faint">
          How long this takes depends on the workers of the cluster.
        </Text>
      )}
      {notes.length === 0 ? null : (
        <ul>
          {notes.map((note) => (
            <li key={note} className="wrap">
              {note}
            </li>
          ))}
        </ul>
      )}
      <div className="scroll" tabIndex={0} role="region" aria-label="Cost of each evaluation">
        <Table verticalSpacing={4} fz="sm">
          <Table.Thead>
            <Table.Tr>
              {['Method', 'Data set', 'Model'].map((title) => (
                <Table.Th key={title} scope="col">
                  {title}
                </Table.Th>
              ))}
              {[
                'Samples',
                'Settings',
                'Maps stored',
                'Forward passes',
                'Gradient passes',
                'FLOP',
                ...(isTimed ? ['Time'] : []),
                'To store',
              ].map((title) => (
                <Table.Th key={title} scope="col" ta="right">
                  {title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {evaluations.map((one) => (
              <Table.Tr key={`${one.dataset} ${one.model} ${one.label}`}>
                <Table.Th scope="row" className="first" fw={400}>
                  {one.label}
                </Table.Th>
                <Table.Td>{one.dataset}</Table.Td>
                <Table.Td>{one.model}</Table.Td>
                {[
                  String(one.samples),
                  String(one.settings),
                  String(one.storedMaps),
                  `${one.passes.atMost === true ? '≤ ' : ''}${rounded(one.passes.forward)}`,
                  `${one.passes.atMost === true ? '≤ ' : ''}${rounded(one.passes.gradient)}`,
                  scaled(one.flop, ''),
                  ...(isTimed ? [seconds(one.seconds ?? 0)] : []),
                  scaled(one.bytes, 'B'),
                ].map((text, at) => (
                  <Table.Td key={at} className="numbers">
                    {text}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <Text size="sm" className="faint">
        Passes of the model are for each sample; FLOP, time and bytes are of all that is left. Postgres takes more: about 500
        bytes for each score.
      </Text>
    </section>
  );
}

function rounded(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

/** `1.2 GB` */
function scaled(value: number, unit: string): string {
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
  const step = value < 1000 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(value) / 3));
  return `${Number((value / 1000 ** step).toPrecision(3))} ${prefixes[step] ?? ''}${unit}`.trim();
}

function seconds(value: number): string {
  if (value < 1) return 'less than 1 s';
  if (value < 100) return `${Math.round(value)} s`;
  return value < 7200 ? `${Math.round(value / 60)} min` : `${Number((value / 3600).toPrecision(2))} h`;
}
