import { Group, NumberInput } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SampleSearch } from '../../router.js';
import type { SetSampleSearch } from './sample-controls.js';

type BoundName = 'low' | 'high' | `${'min' | 'max'}${'Confidence' | 'Disagreement'}`;

interface BoundsProps {
  readonly title: string;
  readonly names: readonly [BoundName, BoundName];
  readonly search: SampleSearch;
  readonly set: SetSampleSearch;
}

/** The lowest and highest value of something that samples are filtered by. */
export function Bounds({ title, names, search, set }: BoundsProps): ReactNode {
  return (
    <Group gap={4} align="end" wrap="nowrap">
      {names.map((name, at) => (
        <NumberInput
          key={name}
          label={at === 0 ? `${title} from` : 'to'}
          aria-label={`${title} ${at === 0 ? 'from' : 'to'}`}
          value={search[name] ?? ''}
          onChange={(value) => set({ [name]: value === '' ? undefined : Number(value) })}
          w={at === 0 ? '10.5rem' : '6.5rem'}
        />
      ))}
    </Group>
  );
}
