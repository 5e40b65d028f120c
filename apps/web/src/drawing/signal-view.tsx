import type { ReactNode } from 'react';
import { diverging, entryOf, sequential } from './colours.js';
import { rangeOf, type Layout, type Scale } from './pictures.js';

interface SignalProps {
  readonly input: Float32Array;
  readonly layout: Layout;
  /** The map as colours behind the line, with its scale. */
  readonly map?: { readonly values: Float32Array; readonly scale: Scale };
  /** Positions that are hidden are drawn in grey. */
  readonly shown?: Float32Array;
  readonly alt: string;
}

const [WIDTH, HEIGHT] = [300, 120];

/** A signal as a line a channel, with the map as colour behind it. */
export function SignalView({ input, layout: { positions, channels }, map, shown, alt }: SignalProps): ReactNode {
  const [length = 1] = positions;
  const { low, high } = rangeOf(input);
  const x = (position: number) => ((position + 0.5) * WIDTH) / length;
  const y = (value: number) => HEIGHT - 6 - ((value - low) / (high > low ? high - low : 1)) * (HEIGHT - 12);
  const path = (values: Float32Array, channel: number) =>
    Array.from(
      { length },
      (_, position) =>
        `${position === 0 ? 'M' : 'L'}${x(position).toFixed(1)} ${y(values[position * channels + channel] ?? 0).toFixed(1)}`,
    ).join('');
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={alt}
      style={{ width: '100%', height: 'auto', display: 'block' }}
    >
      {map === undefined
        ? null
        : Array.from({ length }, (_, position) => (
            <rect
              key={position}
              x={(position * WIDTH) / length}
              width={WIDTH / length + 0.5}
              y={0}
              height={HEIGHT}
              fill={colourOf(map.values[position] ?? 0, map.scale)}
              opacity={0.75}
            />
          ))}
      {Array.from({ length: channels }, (_, channel) => (
        <path
          key={channel}
          d={path(input, channel)}
          fill="none"
          stroke="currentColor"
          strokeOpacity={shown === undefined ? 1 : 0.25}
          strokeWidth={1.5}
        />
      ))}
      {shown === undefined
        ? null
        : Array.from({ length: channels }, (_, channel) => (
            <path
              key={channel}
              d={path(shown, channel)}
              fill="none"
              stroke="var(--mantine-primary-color-filled)"
              strokeWidth={1.5}
            />
          ))}
    </svg>
  );
}

function colourOf(value: number, { low, high, isSigned }: Scale): string {
  const colours = isSigned ? diverging : sequential;
  const entry = entryOf(value, low, high);
  return `rgb(${colours[entry] ?? 0} ${colours[entry + 1] ?? 0} ${colours[entry + 2] ?? 0})`;
}
