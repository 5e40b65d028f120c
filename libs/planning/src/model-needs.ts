import { XaigridError, type EngineName } from '@xaigrid/contracts';
import { assertBiasGradients, assertDeepLift, assertExecutable, assertRelevance } from '@xaigrid/engine';
import type { Need } from '@xaigrid/explainers';
import { assertDifferentiable, targetGraph, type Model } from '@xaigrid/graph';

/** Answers about models. Each question is answered once, however many explainers ask it. */
const answers = new WeakMap<Model, Map<string, Promise<XaigridError | undefined>>>();

interface Question {
  readonly key: string;
  readonly ask: () => Promise<void> | void;
}

/** @throws OPERATION_UNSUPPORTED if the engine cannot execute the model, as far as this is known without the engine. */
export async function assertEngineFits(engine: EngineName, name: string, model: Model): Promise<void> {
  await asked(
    model,
    { key: `engine ${engine}`, ask: () => assertExecutable(engine, model) },
    (reason) => `Model "${name}": ${reason}`,
  );
}

/**
 * Checks what a method needs from a model, on the graph, before anything is computed. The engine tensorflow differentiates every
 * layer that it can compute. What has no gradient in the graph, such as a number that is looked up in a table, has none there
 * either.
 * @throws OPERATION_UNSUPPORTED naming the method and the node that prevents it.
 */
export async function assertNeed(
  need: Need | undefined,
  {
    engine,
    model,
    name,
    method,
  }: { readonly engine: EngineName; readonly model: Model; readonly name: string; readonly method: string },
): Promise<void> {
  const question = need === undefined ? undefined : questionOf(need, engine, model);
  if (question === undefined) return;
  await asked(model, question, (reason) => `${method} cannot explain model "${name}": ${reason}`);
}

function questionOf(need: Need, engine: EngineName, model: Model): Question | undefined {
  const { target = 'probability' } = need;
  if ('multipliersOf' in need)
    return { key: `multipliers of ${target} on ${engine}`, ask: () => assertDeepLift(engine, model, target) };
  if ('relevanceBy' in need) {
    const { relevanceBy } = need;
    return {
      key: `relevance by ${JSON.stringify(relevanceBy)} on ${engine}`,
      ask: () => assertRelevance(engine, model, relevanceBy),
    };
  }
  if ('biasGradients' in need)
    return { key: `biases of ${target} on ${engine}`, ask: () => assertBiasGradients(engine, model, target) };
  const { gradientsOf, reluRule } = need;
  const values =
    gradientsOf === 'input' ? undefined : model.layers.flatMap(({ name, value }) => (gradientsOf.includes(name) ? [value] : []));
  return {
    key: `gradients of ${target} at ${values?.join(', ') ?? 'the input'}, ${reluRule ?? 'plain'}`,
    ask: () => assertDifferentiable(targetGraph(model, target), values, reluRule),
  };
}

async function asked(model: Model, { key, ask }: Question, sentence: (reason: string) => string): Promise<void> {
  const known = answers.get(model) ?? new Map<string, Promise<XaigridError | undefined>>();
  answers.set(model, known);
  const answer = known.get(key) ?? refusalOf(ask);
  known.set(key, answer);
  const refusal = await answer;
  if (refusal !== undefined) throw new XaigridError(refusal.code, sentence(refusal.message), { cause: refusal });
}

async function refusalOf(ask: Question['ask']): Promise<XaigridError | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    if (error instanceof XaigridError && error.code === 'OPERATION_UNSUPPORTED') return error;
    throw error;
  }
}
