import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { ApiError, numberOf } from '../../api/client.js';
import { askModelQuery, type AskedOfModel, type ScoreRow } from '../../api/queries.js';
import { formatValue } from '../../parts/texts.js';

/** The time between two questions: 240 a minute at most, where the server takes 300. */
const PACE_MS = 250;
/** Steps of the curves. */
const STEPS = 20;

interface LiveProps {
  readonly id: string;
  readonly ordinal: number;
  readonly index: number;
  readonly kept: number;
  readonly baseline: 'zero' | 'mean';
  readonly nameOf: (label: number) => string;
  /** Stored scores at shares of positions, of this map and baseline. */
  readonly stored: readonly ScoreRow[];
}

/** What the model says to what is shown, and its curves where they are asked for. */
export function LiveAnswer({ id, ordinal, index, kept, baseline, nameOf, stored }: LiveProps): ReactNode {
  const wanted = `${ordinal} ${kept} ${baseline}`;
  const [settled, setSettled] = useState({ wanted, ordinal, kept, baseline });
  const [isAlong, setAlong] = useState(false);
  const question = (keepFractions: readonly number[], keeps: AskedOfModel['keeps'], fill = baseline): AskedOfModel => ({
    keepFractions,
    keeps,
    baseline: fill,
  });
  const { data, error, isFetching } = useQuery(
    askModelQuery(id, settled.ordinal, index, question([settled.kept], 'highest', settled.baseline)),
  );
  // One question at a time; what the slider passed meanwhile is never asked.
  useEffect(() => {
    if (isFetching || settled.wanted === wanted) return undefined;
    const timer = setTimeout(() => setSettled({ wanted, ordinal, kept, baseline }), PACE_MS);
    return () => clearTimeout(timer);
  }, [isFetching, settled, wanted, ordinal, kept, baseline]);
  const steps = Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS);
  const insertion = useQuery({ ...askModelQuery(id, ordinal, index, question(steps, 'highest')), enabled: isAlong });
  const deletion = useQuery({ ...askModelQuery(id, ordinal, index, question(steps, 'lowest')), enabled: isAlong });
  const isAbsent = error instanceof ApiError && error.code === 'ENGINE_ABSENT';
  const [answer] = settled.wanted === wanted && data !== undefined ? data.masked : [];
  const storedPoints = stored
    .flatMap(({ setting, measures }): Point[] =>
      typeof setting.keepFraction === 'number' && measures.maskedProbability !== undefined
        ? [[setting.keepFraction, numberOf(measures.maskedProbability)]]
        : [],
    )
    .sort(([a], [b]) => a - b);
  const curves: Curve[] = [
    ...(storedPoints.length === 0 ? [] : [{ name: 'stored', dash: '', points: storedPoints, hasDots: true }]),
    ...(insertion.data === undefined || !isAlong
      ? []
      : [{ name: 'insertion', dash: '', points: insertion.data.masked.map((one): Point => [one.keepFraction, one.output]) }]),
    ...(deletion.data === undefined || !isAlong
      ? []
      : [
          { name: 'deletion', dash: '5 3', points: deletion.data.masked.map((one): Point => [1 - one.keepFraction, one.output]) },
        ]),
  ];
  const failure = [insertion.error, deletion.error].find((one) => one !== null);
  return (
    <>
      {curves.length === 0 ? null : <AnswerCurves curves={curves} kept={kept} />}
      <div role="status">
        {isAbsent ? (
          <Text size="sm">This server asks no models: its workers compute elsewhere.</Text>
        ) : error !== null ? (
          <Text size="sm">{error.message}</Text>
        ) : answer === undefined || data === undefined ? (
          <Text size="sm" className="faint">
            Asking the model …
          </Text>
        ) : (
          <Text size="sm">
            The model now: <strong>{formatValue(answer.output)}</strong> for {nameOf(data.class)} (whole sample{' '}
            {formatValue(data.whole)}). Highest:{' '}
            {answer.highest.map(({ class: label, output }) => `${nameOf(label)} ${formatValue(output)}`).join(', ')}.
          </Text>
        )}
      </div>
      {isAbsent || isAlong ? null : (
        <Button size="xs" variant="default" onClick={() => setAlong(true)}>
          Ask for the insertion and deletion curves
        </Button>
      )}
      {failure === undefined || isAbsent ? null : <Text size="sm">{failure.message}</Text>}
    </>
  );
}

type Point = readonly [share: number, output: number];

interface Curve {
  readonly name: string;
  readonly dash: string;
  readonly points: readonly Point[];
  readonly hasDots?: boolean;
}

const [WIDTH, HEIGHT] = [300, 110];
const colours: Readonly<Record<string, string>> = {
  stored: 'currentColor',
  insertion: 'var(--mantine-primary-color-filled)',
  deletion: 'var(--mantine-color-orange-7)',
};
const meanings: Readonly<Record<string, string>> = {
  stored: 'stored scores, of what is kept',
  insertion: 'insertion: the highest are put in',
  deletion: 'deletion: the highest are taken out',
};

/** The output along the share of positions, under the slider, with the slider’s place. */
function AnswerCurves({ curves, kept }: { readonly curves: readonly Curve[]; readonly kept: number }): ReactNode {
  const x = (share: number) => share * WIDTH;
  const most = Math.max(1, ...curves.flatMap(({ points }) => points.map(([, output]) => output)));
  const least = Math.min(0, ...curves.flatMap(({ points }) => points.map(([, output]) => output)));
  const y = (output: number) => HEIGHT - 4 - ((output - least) / (most - least)) * (HEIGHT - 8);
  const said = curves.map(
    ({ name, points }) =>
      `${name} ${points.map(([share, output]) => `${Math.round(100 * share)} %: ${formatValue(output)}`).join(', ')}`,
  );
  return (
    <figure className="figure">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Output along the share of positions; ${said.join('; ')}`}
        style={{ width: '100%', height: 'auto', display: 'block', overflow: 'visible' }}
      >
        <rect width={WIDTH} height={HEIGHT} fill="none" stroke="var(--rule)" />
        <line x1={x(kept)} x2={x(kept)} y1={0} y2={HEIGHT} stroke="currentColor" strokeWidth={0.75} />
        {curves.map(({ name, dash, points, hasDots }) => (
          <g key={name} stroke={colours[name]} fill="none" strokeWidth={1.5}>
            <path
              d={points.map(([share, output], at) => `${at === 0 ? 'M' : 'L'}${x(share)} ${y(output)}`).join('')}
              strokeDasharray={dash}
            />
            {hasDots === true
              ? points.map(([share, output]) => <circle key={share} cx={x(share)} cy={y(output)} r={2.5} fill={colours[name]} />)
              : null}
          </g>
        ))}
      </svg>
      <figcaption>
        Output for the class of the whole sample, {formatValue(least)} to {formatValue(most)}, along the share of positions:
        <ul className="legend">
          {curves.map(({ name, dash }) => (
            <li key={name}>
              <svg width={22} height={8} aria-hidden>
                <line x1={0} x2={22} y1={4} y2={4} stroke={colours[name]} strokeWidth={2} strokeDasharray={dash} />
              </svg>{' '}
              {meanings[name]}
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}
