import type { MeasureDescription } from '@xaigrid/contracts';

/** One sample as all methods scored it at one setting. */
export interface SampleScores {
  readonly sampleIndex: number;
  readonly trueClass: number;
  /** Where samples have sets of labels: the model is right when it predicts one of them. */
  readonly trueClasses?: readonly number[];
  readonly predictedClass: number;
  /** One a method, in the order of methods; NaN where a method has none. */
  readonly values: readonly number[];
  /** Whether any method's map contains nothing. */
  readonly degenerate: boolean;
}

export interface ChosenSamples {
  readonly key: 'successes' | 'failures' | 'disagreements' | 'worst' | 'chosen';
  readonly title: string;
  readonly rule: string;
  readonly samples: readonly SampleScores[];
}

export interface ChoiceOptions {
  /** The measure of the values: its title, the direction of better values, and its range. */
  readonly measure: Pick<MeasureDescription, 'title' | 'direction' | 'range'>;
  /** Which methods are controls: they take no part in rules about the methods. */
  readonly controls: readonly boolean[];
  /** Samples a rule may choose. */
  readonly most: number;
}

/**
 * Samples for a gallery, chosen by rules that give the same samples every time. Among equal samples, the lowest sample index
 * comes first. No sample is in two lists: it stays in the first.
 * @param samples only those that all methods scored are used
 */
export function chooseSamples(samples: readonly SampleScores[], { measure, controls, most }: ChoiceOptions): ChosenSamples[] {
  const left = controls.filter(Boolean).length;
  const isAlone = controls.every(Boolean);
  const sign = measure.direction === 'lower' ? 1 : -1;
  /** The losses of the methods, or of the controls if there are no others. A larger loss is worse. */
  const losses = ({ values }: SampleScores): number[] =>
    values.filter((_, at) => isAlone || controls[at] !== true).map((value) => sign * value);
  const whole = samples.filter(({ values }) => values.every(Number.isFinite));
  const telling = whole.filter(({ degenerate }) => !degenerate);
  const right = telling.filter(isRight);
  const wrong = whole.filter((sample) => !isRight(sample));
  const several = controls.filter((isControl) => isAlone || !isControl).length > 1;
  const title = measure.title.toLowerCase();
  const [best, worst] = measure.direction === 'lower' ? ['lowest', 'highest'] : ['highest', 'lowest'];
  const without = left > 0 && !isAlone ? `, the control${left > 1 ? 's' : ''} left out` : '';
  const taken = new Set<SampleScores>();
  const free = (from: readonly SampleScores[]): SampleScores[] => from.filter((sample) => !taken.has(sample));
  const take = (chosen: readonly SampleScores[]): readonly SampleScores[] => {
    for (const sample of chosen) taken.add(sample);
    return chosen;
  };
  const chosen: ChosenSamples[] = [
    {
      key: 'successes',
      title: 'Successes',
      rule: `The model is right and the ${several ? `methods’ mean ${title}` : title} is ${best}${several ? without : ''}; one sample a class. No degenerate maps.`,
      samples: take(
        onePer(
          ranked(right, (sample) => -meanOf(losses(sample))),
          (sample) => labelsOf(sample).join(),
          most,
        ),
      ),
    },
    {
      key: 'failures',
      title: 'Failures',
      rule: `The model is wrong: its most frequent confusions, one sample each, the one with the ${worst} ${several ? `mean ${title} of the methods${without}` : title}.`,
      samples: take(frequentConfusions(wrong, (sample) => meanOf(losses(sample)), most)),
    },
    {
      key: 'disagreements',
      title: 'Largest disagreements between methods',
      rule: `The largest difference between the highest and the lowest ${title} of one sample${without}. No degenerate maps; no sample from above.`,
      samples: several
        ? take(
            ranked(free(telling), (sample) => spreadOf(losses(sample)))
              .filter((sample) => spreadOf(losses(sample)) > 0)
              .slice(0, most),
          )
        : [],
    },
  ];
  const floor = several ? middleOf(measure) : undefined;
  const last = ranked(free(telling), (sample) => Math.min(...losses(sample)));
  chosen.push(
    floor === undefined
      ? {
          ...{ key: 'worst', title: `The ${worst} ${title}` },
          rule: `The ${several ? 'best method’s ' : ''}${title} is ${worst}${several ? without : ''}. No degenerate maps; no sample from above.`,
          samples: last.slice(0, most),
        }
      : {
          ...{ key: 'worst', title: 'What no method explains' },
          rule: `Even the best method’s ${title} is ${floor} or ${sign > 0 ? 'more' : 'less'}, the ${worst} first${without}. No degenerate maps; no sample from above.`,
          samples: last.filter((sample) => Math.min(...losses(sample)) >= sign * floor).slice(0, most),
        },
  );
  return chosen.filter(({ key }) => several || key !== 'disagreements');
}

/** The middle of the measure's range; undefined if the range is open. */
function middleOf({ range: { low, high } }: ChoiceOptions['measure']): number | undefined {
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

const labelsOf = ({ trueClass, trueClasses }: SampleScores): readonly number[] => trueClasses ?? [trueClass];

const isRight = (sample: SampleScores): boolean => labelsOf(sample).includes(sample.predictedClass);

/** Descending; of equals the lowest sample index first. */
function ranked(samples: readonly SampleScores[], by: (sample: SampleScores) => number): SampleScores[] {
  return samples
    .map((sample) => ({ sample, value: by(sample) }))
    .sort((a, b) => b.value - a.value || a.sample.sampleIndex - b.sample.sampleIndex)
    .map(({ sample }) => sample);
}

function onePer(samples: readonly SampleScores[], of: (sample: SampleScores) => string, most: number): SampleScores[] {
  const first = new Map<string, SampleScores>();
  for (const sample of samples) {
    if (first.size === most) break;
    const key = of(sample);
    if (!first.has(key)) first.set(key, sample);
  }
  return [...first.values()];
}

function frequentConfusions(
  wrong: readonly SampleScores[],
  loss: (sample: SampleScores) => number,
  most: number,
): SampleScores[] {
  const pair = (sample: SampleScores): string => `${labelsOf(sample).join()}>${sample.predictedClass}`;
  const frequency = new Map<string, number>();
  for (const sample of wrong) frequency.set(pair(sample), (frequency.get(pair(sample)) ?? 0) + 1);
  const first = onePer(ranked(wrong, loss), pair, Infinity);
  return ranked(first, (sample) => frequency.get(pair(sample)) ?? 0).slice(0, most);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spreadOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
