import { useElementSize } from '@mantine/hooks';
import { useState, type PointerEvent, type ReactNode } from 'react';
import { formatValue } from '../parts/texts.js';
import { boundText, placeOn, ticksOf, valueAt, type Axis } from './axis.js';

interface Range {
  readonly low: number;
  readonly high: number;
}

/** A part of a picture; a bound that is left out is that of the picture. */
export interface Area {
  readonly minFirst?: number | undefined;
  readonly maxFirst?: number | undefined;
  readonly minSecond?: number | undefined;
  readonly maxSecond?: number | undefined;
}

interface ScatterViewProps {
  readonly ranges: { readonly first: Range; readonly second: Range };
  readonly points?: readonly { readonly sampleIndex: number; readonly first: number; readonly second: number }[];
  /** How many bins each range has, and those with samples. */
  readonly bins?: {
    readonly count: number;
    readonly filled: readonly { readonly first: number; readonly second: number; readonly samples: number }[];
  };
  readonly titles: { readonly first: string; readonly second: string };
  readonly chosen: Area;
  readonly label: string;
  readonly onChoose: (area: Area) => void;
}

const MARGIN = { left: 58, right: 14, top: 10, bottom: 40 };
const MOST_WIDTH = 560;
const CLICK_PIXELS = 4;
/** How near to a point a click counts. */
const NEAR_PIXELS = 9;

/** Samples by two scores, as points or, of many, as bins; an area can be drawn over it, or a point or bin clicked. */
export function ScatterView({ ranges, points, bins, titles, chosen, label, onChoose }: ScatterViewProps): ReactNode {
  const { ref, width: room } = useElementSize();
  const [drawn, setDrawn] = useState<{ readonly from: readonly [number, number]; readonly to: readonly [number, number] }>();
  const width = Math.min(MOST_WIDTH, room);
  const height = Math.round(Math.max(220, width * 0.8));
  const x: Axis = { ...ranges.first, from: MARGIN.left, to: Math.max(MARGIN.left + 1, width - MARGIN.right) };
  const y: Axis = { ...ranges.second, from: height - MARGIN.bottom, to: MARGIN.top };
  const most = Math.max(1, ...(bins?.filled.map(({ samples }) => samples) ?? []));

  const placeOf = (event: PointerEvent<SVGSVGElement>): readonly [number, number] => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const finish = (from: readonly [number, number], to: readonly [number, number]) => {
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) < CLICK_PIXELS) {
      const area = points === undefined ? binAt(from) : pointAt(from);
      if (area !== undefined) onChoose(area);
      return;
    }
    const [firsts, seconds] = [
      [valueAt(x, from[0]), valueAt(x, to[0])].map(boundText),
      [valueAt(y, from[1]), valueAt(y, to[1])].map(boundText),
    ];
    onChoose({
      ...{ minFirst: Math.min(...firsts), maxFirst: Math.max(...firsts) },
      ...{ minSecond: Math.min(...seconds), maxSecond: Math.max(...seconds) },
    });
  };
  const pointAt = ([left, top]: readonly [number, number]): Area | undefined => {
    const near = (points ?? [])
      .map((point) => ({ point, away: Math.hypot(placeOn(x, point.first) - left, placeOn(y, point.second) - top) }))
      .filter(({ away }) => away <= NEAR_PIXELS)
      .sort((a, b) => a.away - b.away)[0]?.point;
    return near === undefined
      ? undefined
      : { minFirst: near.first, maxFirst: near.first, minSecond: near.second, maxSecond: near.second };
  };
  const binAt = ([left, top]: readonly [number, number]): Area | undefined => {
    const count = bins?.count ?? 1;
    const [first, second] = [binOf(ranges.first, valueAt(x, left), count), binOf(ranges.second, valueAt(y, top), count)];
    if (bins?.filled.some((bin) => bin.first === first && bin.second === second) !== true) return undefined;
    return {
      ...{ minFirst: edgeOf(ranges.first, first, count), maxFirst: edgeOf(ranges.first, first + 1, count) },
      ...{ minSecond: edgeOf(ranges.second, second, count), maxSecond: edgeOf(ranges.second, second + 1, count) },
    };
  };
  const isChosen = Object.values(chosen).some((bound) => bound !== undefined);
  const shade =
    drawn !== undefined
      ? [...drawn.from, ...drawn.to]
      : isChosen
        ? [
            placeOn(x, Math.max(x.low, chosen.minFirst ?? x.low)),
            placeOn(y, Math.max(y.low, chosen.minSecond ?? y.low)),
            placeOn(x, Math.min(x.high, chosen.maxFirst ?? x.high)),
            placeOn(y, Math.min(y.high, chosen.maxSecond ?? y.high)),
          ]
        : undefined;
  const [least, largest] = [Math.max(x.low, y.low), Math.min(x.high, y.high)];
  return (
    <div ref={ref}>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={label}
        className="brush"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrawn({ from: placeOf(event), to: placeOf(event) });
        }}
        onPointerMove={(event) => {
          const to = placeOf(event);
          setDrawn((old) => (old === undefined ? undefined : { ...old, to }));
        }}
        onPointerUp={(event) => {
          const to = placeOf(event);
          setDrawn(undefined);
          if (drawn !== undefined) finish(drawn.from, to);
        }}
        onPointerCancel={() => setDrawn(undefined)}
      >
        {ticksOf(x, Math.max(2, Math.floor((x.to - x.from) / 80))).map((tick) => (
          <g key={tick}>
            <line x1={placeOn(x, tick)} x2={placeOn(x, tick)} y1={y.to} y2={y.from} className="grid-line" />
            <text x={placeOn(x, tick)} y={y.from + 14} textAnchor="middle" className="tick">
              {formatValue(tick)}
            </text>
          </g>
        ))}
        {ticksOf(y, 6).map((tick) => (
          <g key={tick}>
            <line x1={x.from} x2={x.to} y1={placeOn(y, tick)} y2={placeOn(y, tick)} className="grid-line" />
            <text x={x.from - 6} y={placeOn(y, tick) + 4} textAnchor="end" className="tick">
              {formatValue(tick)}
            </text>
          </g>
        ))}
        <text x={(x.from + x.to) / 2} y={height - 6} textAnchor="middle" className="tick strong">
          {shortened(titles.first, width)} →
        </text>
        <text transform={`translate(12 ${(y.from + y.to) / 2}) rotate(-90)`} textAnchor="middle" className="tick strong">
          {shortened(titles.second, height)} →
        </text>
        {bins?.filled.map(({ first, second, samples }) => {
          const [left, right] = [edgeOf(ranges.first, first, bins.count), edgeOf(ranges.first, first + 1, bins.count)];
          const [bottom, top] = [edgeOf(ranges.second, second, bins.count), edgeOf(ranges.second, second + 1, bins.count)];
          const [from, to] = [barOf(x, left, right), barOf(y, bottom, top)];
          return (
            <rect
              key={`${first} ${second}`}
              {...{ x: from.start, width: from.size, y: to.start, height: to.size }}
              className="bar"
              // By the logarithm: single samples are seen beside thousands.
              fillOpacity={0.15 + (0.85 * Math.log(samples)) / Math.max(1, Math.log(most))}
            >
              <title>{`${formatValue(left)} to ${formatValue(right)}, ${formatValue(bottom)} to ${formatValue(top)}: ${samples}`}</title>
            </rect>
          );
        })}
        {points?.map(({ sampleIndex, first, second }) =>
          Number.isFinite(first) && Number.isFinite(second) ? (
            <circle key={sampleIndex} cx={placeOn(x, first)} cy={placeOn(y, second)} r={3.5} className="bar" fillOpacity={0.55}>
              <title>{`Sample ${sampleIndex}: ${formatValue(first)}, ${formatValue(second)}`}</title>
            </circle>
          ) : null,
        )}
        {least < largest ? (
          <line
            {...{ x1: placeOn(x, least), y1: placeOn(y, least), x2: placeOn(x, largest), y2: placeOn(y, largest) }}
            className="rule"
            strokeDasharray="4 3"
          />
        ) : null}
        {shade === undefined ? null : <Shade corners={shade} />}
      </svg>
    </div>
  );
}

function Shade({ corners: [left = 0, top = 0, right = 0, bottom = 0] }: { readonly corners: readonly number[] }): ReactNode {
  // A single point has an area that can be seen.
  const [wide, high] = [Math.max(10, Math.abs(right - left)), Math.max(10, Math.abs(bottom - top))];
  return (
    <rect
      x={(left + right - wide) / 2}
      y={(top + bottom - high) / 2}
      width={wide}
      height={high}
      className="brushed"
      pointerEvents="none"
    />
  );
}

function edgeOf({ low, high }: Range, bin: number, count: number): number {
  return bin >= count ? high : low + (bin * (high - low)) / count;
}

function binOf({ low, high }: Range, value: number, count: number): number {
  return high > low ? Math.min(count - 1, Math.floor(((value - low) / (high - low)) * count)) : 0;
}

function barOf(axis: Axis, low: number, high: number): { readonly start: number; readonly size: number } {
  if (axis.high === axis.low) return { start: Math.min(axis.from, axis.to), size: Math.abs(axis.to - axis.from) };
  const [from, to] = [placeOn(axis, low), placeOn(axis, high)];
  return { start: Math.min(from, to), size: Math.max(1, Math.abs(to - from)) };
}

/** A title that fits into so many pixels. */
function shortened(title: string, pixels: number): string {
  const most = Math.max(12, Math.floor(pixels / 7) - 4);
  return title.length > most ? `${title.slice(0, most - 1)}…` : title;
}
