import { useElementSize } from '@mantine/hooks';
import { useState, type PointerEvent, type ReactNode } from 'react';
import { formatValue } from '../parts/texts.js';
import { boundText, placeOn, ticksOf, valueAt, type Axis } from './axis.js';

interface Bounds {
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

interface HistogramViewProps {
  readonly low: number;
  readonly high: number;
  /** Samples a bin; the bins are of equal width. */
  readonly counts: readonly number[];
  /** The bars within are strong, the others weak. */
  readonly chosen: Bounds;
  readonly label: string;
  /** Called with the bounds that were drawn over the bars; those at an end of the axis are left out. */
  readonly onChoose: (bounds: Bounds) => void;
}

const HEIGHT = 110;
const MARGIN = { left: 44, right: 12, top: 8, bottom: 20 };
/** Less movement is a click on one bar. */
const CLICK_PIXELS = 4;

/** Bars over which a range can be drawn. Fields beside it are for those who do not use a pointer. */
export function HistogramView({ low, high, counts, chosen, label, onChoose }: HistogramViewProps): ReactNode {
  const { ref, width } = useElementSize();
  const [drawn, setDrawn] = useState<{ readonly from: number; readonly to: number }>();
  const x: Axis = { low, high, from: MARGIN.left, to: Math.max(MARGIN.left + 1, width - MARGIN.right) };
  const most = Math.max(1, ...counts);
  const bottom = HEIGHT - MARGIN.bottom;
  const barWidth = (x.to - x.from) / Math.max(1, counts.length);
  const edge = (bin: number): number => low + (bin * (high - low)) / counts.length;

  const placeOf = (event: PointerEvent<SVGSVGElement>): number =>
    event.clientX - event.currentTarget.getBoundingClientRect().left;
  const finish = ({ from, to }: { readonly from: number; readonly to: number }) => {
    const isClick = Math.abs(to - from) < CLICK_PIXELS;
    const bin = Math.max(0, Math.min(counts.length - 1, Math.floor((from - x.from) / barWidth)));
    const [first, last] = isClick
      ? [edge(bin), edge(bin + 1)]
      : [boundText(valueAt(x, Math.min(from, to))), boundText(valueAt(x, Math.max(from, to)))];
    onChoose({ low: first <= low ? undefined : first, high: last >= high ? undefined : last });
  };
  const shade =
    drawn === undefined
      ? chosen.low === undefined && chosen.high === undefined
        ? undefined
        : { from: placeOn(x, Math.max(low, chosen.low ?? low)), to: placeOn(x, Math.min(high, chosen.high ?? high)) }
      : { from: Math.min(drawn.from, drawn.to), to: Math.max(drawn.from, drawn.to) };
  return (
    <div ref={ref}>
      <svg
        width={width}
        height={HEIGHT}
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
          if (drawn !== undefined) finish({ from: drawn.from, to });
        }}
        onPointerCancel={() => setDrawn(undefined)}
      >
        {shade === undefined || shade.to < shade.from ? null : (
          <rect
            x={shade.from}
            y={MARGIN.top}
            width={Math.max(1, shade.to - shade.from)}
            height={bottom - MARGIN.top}
            className="brushed"
          />
        )}
        {counts.map((count, bin) => {
          const height = count === 0 ? 0 : Math.max(1.5, ((bottom - MARGIN.top) * count) / most);
          const isIn = edge(bin + 1) >= (chosen.low ?? -Infinity) && edge(bin) <= (chosen.high ?? Infinity);
          return (
            <rect
              key={bin}
              x={x.from + bin * barWidth}
              y={bottom - height}
              width={Math.max(0.5, barWidth - (barWidth > 4 ? 1 : 0))}
              height={height}
              className={isIn ? 'bar' : 'bar out'}
            >
              <title>{`${formatValue(edge(bin))} to ${formatValue(edge(bin + 1))}: ${count}`}</title>
            </rect>
          );
        })}
        <line x1={x.from} x2={x.to} y1={bottom} y2={bottom} className="rule" />
        {ticksOf(x, Math.max(1, Math.min(10, Math.floor((x.to - x.from) / 70)))).map((tick) => (
          <text key={tick} x={placeOn(x, tick)} y={HEIGHT - 5} textAnchor="middle" className="tick">
            {formatValue(tick)}
          </text>
        ))}
        <text x={MARGIN.left - 6} y={MARGIN.top + 8} textAnchor="end" className="tick">
          {most}
        </text>
        <text x={MARGIN.left - 6} y={bottom} textAnchor="end" className="tick">
          0
        </text>
      </svg>
    </div>
  );
}
