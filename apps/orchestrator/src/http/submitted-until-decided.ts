import { canonicalJson, choiceKey, XaigridError, type AskedPair, type RunSubmission } from '@xaigrid/contracts';
import { assertCanOrder, firstStretch } from '@xaigrid/datasets';
import { describeMeasure } from '@xaigrid/metrics';

type Asked = NonNullable<RunSubmission['untilDecided']>;

/**
 * Checks what a client's run must decide: that its pairs are there, and that each evaluation starts with the first samples of the
 * order in which it takes the others.
 * @throws SPEC_INVALID naming the pair, the evaluation, or a data set that is too large
 */
export function checkUntilDecided({ pairs, seed, most }: Asked, evaluations: RunSubmission['evaluations']): void {
  const starts = new Map<number, string>();
  evaluations.forEach(({ plan: { dataset, chosen, label } }, at) => {
    const { size } = dataset;
    assertCanOrder(dataset);
    const start = starts.get(size) ?? choiceKey(firstStretch({ size, seed, most }));
    starts.set(size, start);
    if (chosen?.sha256 !== start || chosen.seed !== seed)
      throw new XaigridError(
        'SPEC_INVALID',
        `evaluations.${at} (${label}): its samples are not the first of the random order with seed ${seed}.`,
      );
  });
  pairs.forEach((pair, at) => {
    const reason = whyNot(pair, evaluations);
    if (reason !== undefined) throw new XaigridError('SPEC_INVALID', `untilDecided.pairs.${at}: ${reason}.`);
  });
}

/** Why the two cannot be told apart by the measure. */
function whyNot(
  { first, second, metric, measure, scoredClass, setting }: AskedPair,
  evaluations: RunSubmission['evaluations'],
): string | undefined {
  const plans = [evaluations[first]?.plan, evaluations[second]?.plan];
  const [a, b] = plans;
  if (a === undefined || b === undefined) return `there are no evaluations ${first} and ${second}`;
  if (a.dataset.fingerprint !== b.dataset.fingerprint || a.dataset.name !== b.dataset.name || a.model.name !== b.model.name)
    return `evaluations ${first} and ${second} differ in their data set or model`;
  const key = canonicalJson([metric, scoredClass, setting]);
  const isScored = plans.every((plan) =>
    plan?.settings.some((one) => canonicalJson([one.metric, one.scoredClass, one.setting]) === key),
  );
  if (first === second || !isScored) return `evaluations ${first} and ${second} are not two with that setting of ${metric}`;
  return describeMeasure(metric, measure)?.direction === undefined
    ? `${measure} of ${metric} does not say which is better`
    : undefined;
}
