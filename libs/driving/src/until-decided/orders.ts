import type { Decisions, RunSubmission, UntilDecided } from '@xaigrid/contracts';
import { randomOrder } from '@xaigrid/datasets';
import type { EvaluationRecord } from '@xaigrid/store';

/**
 * All samples that each evaluation may take, in the order in which it does. Evaluations with data sets of one size share an order,
 * so that methods have the same samples.
 */
export function ordersOf(
  { evaluations }: Pick<RunSubmission, 'evaluations'>,
  { seed, most }: UntilDecided,
): Int32Array<ArrayBuffer>[] {
  const known = new Map<number, Int32Array<ArrayBuffer>>();
  return evaluations.map(({ plan: { dataset } }) => {
    const { size } = dataset;
    const order = known.get(size) ?? randomOrder({ size, seed, most });
    known.set(size, order);
    return order;
  });
}

/** Before the first look. */
export function nothingDecided(
  { alpha, within }: UntilDecided,
  evaluations: readonly Pick<EvaluationRecord, 'plan'>[],
): Decisions {
  const taken = new Map(
    evaluations.map(({ plan: { dataset, model, samples } }) => [
      JSON.stringify([dataset.name, model.name]),
      { dataset: dataset.name, model: model.name, samples, of: dataset.size },
    ]),
  );
  return { alpha, ...(within === undefined ? {} : { within }), taken: [...taken.values()], pairs: [] };
}
