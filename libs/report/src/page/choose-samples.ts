/** One sample as all methods scored it at one setting. */
export interface SampleScores {
  readonly sampleIndex: number;
  readonly trueClass: number;
  /** Where samples have sets of labels: the model is right when it predicts one of them. */
  readonly trueClasses?: readonly number[];
  readonly predictedClass: number;
  /** One a method, in the order of methods. */
  readonly drops: readonly number[];
  /** Whether any method's map says nothing. */
  readonly degenerate: boolean;
}

export interface ChosenSamples {
  readonly key: 'successes' | 'failures' | 'disagreements' | 'highest-drops' | 'chosen';
  readonly title: string;
  readonly rule: string;
  readonly samples: readonly SampleScores[];
}

/**
 * Samples for a gallery, by rules that give the same samples every time; of equals the lowest sample index comes first.
 * @param samples those that all methods scored
 * @param most samples a rule may choose
 */
export function chooseSamples(samples: readonly SampleScores[], methods: number, most: number): ChosenSamples[] {
  const telling = samples.filter(({ degenerate, drops }) => !degenerate && drops.every(Number.isFinite));
  const right = telling.filter(isRight);
  const wrong = samples.filter((sample) => !isRight(sample));
  const several = methods > 1;
  const chosen: ChosenSamples[] = [
    {
      key: 'successes',
      title: 'Successes',
      rule: `The model is right and ${several ? 'the methods’ mean drop' : 'the drop'} is smallest; one sample a class. No degenerate maps.`,
      samples: onePer(
        ranked(right, (sample) => -meanOf(sample.drops)),
        (sample) => labelsOf(sample).join(),
        most,
      ),
    },
    {
      key: 'failures',
      title: 'Failures',
      rule: `The model is wrong: its most frequent confusions, one sample each, the one with the largest ${several ? 'mean drop over methods' : 'drop'}.`,
      samples: frequentConfusions(wrong, most),
    },
    {
      key: 'disagreements',
      title: 'Largest disagreements between methods',
      rule: 'The largest difference between the highest and the lowest drop of one sample. No degenerate maps.',
      samples: several ? ranked(telling, spreadOf).slice(0, most) : [],
    },
    {
      key: 'highest-drops',
      title: 'Highest drops',
      rule: several
        ? 'The drop that every method reaches (the lowest of the methods’) is largest: the sample no method explains. No degenerate maps.'
        : 'The drop is largest. No degenerate maps.',
      samples: ranked(telling, ({ drops }) => Math.min(...drops)).slice(0, most),
    },
  ];
  return chosen.filter(({ key }) => several || key !== 'disagreements');
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

function frequentConfusions(wrong: readonly SampleScores[], most: number): SampleScores[] {
  const pair = (sample: SampleScores): string => `${labelsOf(sample).join()}>${sample.predictedClass}`;
  const frequency = new Map<string, number>();
  for (const sample of wrong) frequency.set(pair(sample), (frequency.get(pair(sample)) ?? 0) + 1);
  // Drops that are not numbers come last.
  const drop = ({ drops }: SampleScores): number => (drops.every(Number.isFinite) ? meanOf(drops) : -1);
  const first = onePer(ranked(wrong, drop), pair, Infinity);
  return ranked(first, (sample) => frequency.get(pair(sample)) ?? 0).slice(0, most);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spreadOf({ drops }: SampleScores): number {
  return Math.max(...drops) - Math.min(...drops);
}
