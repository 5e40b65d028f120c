import { Text } from '@mantine/core';
import { useMemo, type ReactNode } from 'react';
import { lineDifference } from '../parts/line-difference.js';

const signs = { both: ' ', before: '−', after: '+' };
const grounds = {
  both: undefined,
  before: 'color-mix(in srgb, var(--mantine-color-red-filled) 18%, transparent)',
  after: 'color-mix(in srgb, var(--mantine-color-teal-filled) 18%, transparent)',
};

/** Two specs line by line. */
export function SpecDifference({ before, after }: { readonly before: string; readonly after: string }): ReactNode {
  const lines = useMemo(() => lineDifference(before, after), [before, after]);
  if (before === after) return <Text size="sm">They are the same, letter by letter.</Text>;
  if (lines === undefined)
    return <Text size="sm">They are too long to compare line by line here. xaigrid show prints each.</Text>;
  return (
    <pre
      className="scroll"
      tabIndex={0}
      aria-label="Lines that differ"
      style={{ maxHeight: '30rem', overflow: 'auto', fontSize: '.8rem', margin: '.3rem 0' }}
    >
      {lines.map(({ of, text }, at) => (
        <div key={at} style={{ background: grounds[of] }}>
          {signs[of]} {text}
        </div>
      ))}
    </pre>
  );
}
