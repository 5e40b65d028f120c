import { Button, Group, Select, Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TableRow } from '@xaigrid/contracts';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo, type ReactNode } from 'react';
import { numberOf } from '../../api/client.js';
import { plainText } from '../../api/plain-text.js';
import { catalogQuery, tableQuery, type RunDetails } from '../../api/queries.js';
import { lineColours, PlotFigure, type Plot } from '../../drawing/plot-figure.js';
import { Empty, Failed, Loading } from '../../parts/states.js';
import { without } from '../../parts/records.js';
import { useSetSearch } from '../../parts/search.js';
import { canonical, measureOf, metricOf } from '../../parts/texts.js';

const route = getRouteApi('/runs/$id');

interface Curve {
  readonly key: string;
  readonly metric: string;
  /** The setting that the curve runs along: `keepFraction`. */
  readonly along: string;
  readonly title: string;
  /** A row a method and place. */
  readonly rows: readonly TableRow[];
}

/** More methods than these are drawn each by itself, the others in grey behind. */
const MOST_TOGETHER = 6;

/** Measures along a numeric setting that was swept. */
export function Curves({ run }: { readonly run: RunDetails }): ReactNode {
  const { data, error, refetch } = useQuery(tableQuery(run.id, run));
  const { data: catalog } = useQuery(catalogQuery);
  const curves = useMemo(() => curvesOf(data ?? []), [data]);
  const search = route.useSearch();
  const set = useSetSearch(route.useNavigate());
  if (data === undefined)
    return error === null ? <Loading what="curves" /> : <Failed error={error} again={() => void refetch()} />;
  const curve = curves.find(({ key }) => key === search.curve) ?? curves[0];
  if (curve === undefined)
    return (
      <Empty title="Nothing was swept">
        A curve needs a metric at several values of a numeric setting, such as <code>keepFractions: [0.1, 0.3, 0.5]</code> in the
        spec.
      </Empty>
    );
  const { rows } = curve;
  const measures = [...new Set(rows.flatMap((row) => Object.keys(row.measures)))].filter(
    (name) => measureOf(catalog, curve.metric, name)?.role === 'result',
  );
  const headline = metricOf(catalog, curve.metric)?.headline;
  const measure = measures.find((name) => name === search.measure) ?? headline ?? measures[0] ?? '';
  return (
    <Stack>
      <Group align="end">
        <Select
          label="Curve"
          data={curves.map(({ key, title }) => ({ value: key, label: title }))}
          value={curve.key}
          onChange={(value) => set({ curve: value ?? undefined })}
          allowDeselect={false}
          w="28rem"
          maw="100%"
        />
        <Select
          label="Measure"
          data={measures.map((value) => ({ value, label: measureOf(catalog, curve.metric, value)?.title ?? value }))}
          value={measure}
          onChange={(value) => set({ measure: value ?? undefined })}
          allowDeselect={false}
        />
        <Switch
          label="From zero"
          checked={search.zero === 'yes'}
          onChange={(event) => set({ zero: event.currentTarget.checked ? 'yes' : undefined })}
        />
      </Group>
      <Text size="sm">
        {measureOf(catalog, curve.metric, measure)?.meaning} Bands are 95 % intervals. The table has the same numbers.
      </Text>
      <Drawing
        rows={rows}
        curve={curve}
        measure={measure}
        title={measureOf(catalog, curve.metric, measure)?.title ?? measure}
        zero={search.zero === 'yes'}
        hidden={search.without ?? nobody}
        hide={(without) => set({ without: without.length === 0 ? undefined : without })}
      />
    </Stack>
  );
}

/** Every numeric setting with several values, by itself: whatever else differs makes a curve of its own. */
function curvesOf(table: readonly TableRow[]): Curve[] {
  const groups = new Map<string, { readonly along: string; readonly rest: Record<string, unknown>; readonly rows: TableRow[] }>();
  for (const row of table)
    for (const [along, value] of Object.entries(row.setting)) {
      if (typeof value !== 'number') continue;
      const setting = without(row.setting, along);
      const { metric, dataset, model, scoredClass } = row;
      const rest = { metric, dataset, model, scoredClass, ...setting };
      const key = canonical([along, rest]);
      const rows: TableRow[] = [];
      const group = groups.get(key) ?? { along, rest, rows };
      group.rows.push(row);
      groups.set(key, group);
    }
  const swept = [...groups].filter(([, group]) => new Set(group.rows.map((row) => row.setting[group.along])).size > 1);
  const differing = (key: string) => new Set(swept.map(([, { rest }]) => canonical(rest[key]))).size > 1;
  return swept.map(([key, { along, rest, rows: own }]) => {
    const { metric, ...others } = rest;
    const parts = Object.entries(others).filter(([name]) => differing(name));
    const said = parts.map(([name, value]) => `, ${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join('');
    return {
      key,
      metric: plainText(metric),
      along,
      title: `${plainText(metric)} along ${along}${said}`,
      rows: own,
    };
  });
}

interface Point {
  readonly method: string;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

interface DrawingProps {
  readonly rows: readonly TableRow[];
  readonly curve: Curve;
  readonly measure: string;
  readonly title: string;
  readonly zero: boolean;
  /** Methods that are left out. */
  readonly hidden: readonly string[];
  readonly hide: (methods: readonly string[]) => void;
}

const nobody: readonly string[] = [];

function Drawing({ rows, curve, measure, title, zero, hidden, hide }: DrawingProps): ReactNode {
  const { along } = curve;
  const points = useMemo(() => pointsOf(rows, along, measure), [rows, along, measure]);
  const methods = useMemo(() => [...new Set(points.map(({ method }) => method))], [points]);
  const draw = useCallback(
    (plot: Plot, width: number) => drawCurves(plot, { points, methods, hidden, along, title, zero, width }),
    [points, methods, hidden, along, title, zero],
  );
  const shown = methods.filter((method) => !hidden.includes(method));
  const toggle = (method: string) => hide(hidden.includes(method) ? hidden.filter((one) => one !== method) : [...hidden, method]);
  return (
    <div>
      <Group gap="sm" role="group" aria-label="Methods shown" mb="xs">
        {methods.map((method, at) => (
          <Switch
            key={method}
            size="xs"
            label={<span className="wrap">{method}</span>}
            checked={!hidden.includes(method)}
            onChange={() => toggle(method)}
            color={lineColours[at % lineColours.length] ?? 'blue'}
          />
        ))}
        {methods.length > 2 ? (
          <>
            <Button size="compact-xs" variant="default" onClick={() => hide([])} disabled={shown.length === methods.length}>
              All
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => hide(methods)} disabled={shown.length === 0}>
              None
            </Button>
          </>
        ) : null}
      </Group>
      {shown.length === 0 ? <Text className="faint">No method is chosen.</Text> : null}
      <PlotFigure label={`${title} of ${methods.join(', ')} along ${along}. The table has the numbers.`} draw={draw} />
    </div>
  );
}

interface CurvesDrawn {
  readonly points: readonly Point[];
  readonly methods: readonly string[];
  readonly hidden: readonly string[];
  readonly along: string;
  readonly title: string;
  readonly zero: boolean;
  readonly width: number;
}

function drawCurves(
  plot: Plot,
  { points, methods, hidden, along, title, zero, width }: CurvesDrawn,
): SVGSVGElement | HTMLElement {
  const shown = points.filter(({ method }) => !hidden.includes(method));
  const panels = methods.filter((method) => !hidden.includes(method));
  const alone = panels.length > MOST_TOGETHER;
  const place = (method: string): number => panels.indexOf(method);
  const colour = { domain: methods, scheme: 'tableau10' as const };
  const faceted = alone
    ? {
        fx: (point: Point) => place(point.method) % columnsFor(width),
        fy: (point: Point) => Math.floor(place(point.method) / columnsFor(width)),
      }
    : {};
  return plot.plot({
    width,
    height: alone ? 170 * Math.ceil(panels.length / columnsFor(width)) : Math.min(440, Math.max(260, width * 0.5)),
    marginLeft: 55,
    x: { label: along },
    y: { label: title, grid: true, zero },
    color: colour,
    ...(alone ? { fx: { axis: null }, fy: { axis: null, padding: 0.2 } } : {}),
    marks: [
      ...(alone ? [plot.line(shown, { x: 'x', y: 'y', z: 'method', stroke: 'currentColor', strokeOpacity: 0.12 })] : []),
      plot.areaY(shown, { x: 'x', y1: 'low', y2: 'high', fill: 'method', fillOpacity: 0.15, ...faceted }),
      plot.line(shown, { x: 'x', y: 'y', stroke: 'method', strokeWidth: 2, ...faceted }),
      plot.dot(shown, {
        x: 'x',
        y: 'y',
        fill: 'method',
        r: 2.5,
        tip: true,
        title: (point: Point) => `${point.method}\n${along} ${point.x}\n${title} ${point.y.toPrecision(4)}`,
        ...faceted,
      }),
      ...(alone
        ? [
            plot.text(panels, {
              // As wide as a panel; the switches above have the whole names.
              text: (method: string) => shortened(method, width / columnsFor(width)),
              fx: (method: string) => place(method) % columnsFor(width),
              fy: (method: string) => Math.floor(place(method) / columnsFor(width)),
              frameAnchor: 'top-left',
              dy: -9,
              fontWeight: 600,
            }),
          ]
        : []),
    ],
  });
}

function shortened(name: string, pixels: number): string {
  const most = Math.max(8, Math.floor(pixels / 8));
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}

function columnsFor(width: number): number {
  return Math.max(1, Math.min(4, Math.floor(width / 260)));
}

function pointsOf(rows: readonly TableRow[], along: string, measure: string): Point[] {
  return rows
    .flatMap((row) => {
      const found = row.measures[measure];
      const x = row.setting[along];
      if (found === undefined || typeof x !== 'number') return [];
      const y = numberOf(found.value);
      const { low = y, high = y } = found.interval ?? {};
      return [{ method: row.label, x, y, low: numberOf(low), high: numberOf(high) }];
    })
    .sort((a, b) => a.x - b.x);
}
