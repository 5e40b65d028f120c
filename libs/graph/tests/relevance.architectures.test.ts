import { expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import { lastNode } from '../src/ending.js';
import type { Graph } from '../src/graph.js';
import { relevance } from '../src/relevance/relevance.js';
import type { LinearRule, RelevanceRules } from '../src/relevance/rules.js';
import {
  architectureGoldens,
  architectureGraph,
  architectureInput,
  type ArchitectureGolden,
} from './architectures/architecture.js';
import { arrayOf } from './reference/array.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';

const dense: LinearRule = { rule: 'epsilon', epsilon: 1e-6 };
const composites: Readonly<Record<string, RelevanceRules>> = {
  'ε and z⁺': { convolution: { rule: 'z-plus' }, dense },
  'ε, γ and box': {
    convolution: { rule: 'gamma', gamma: 0.25 },
    dense,
    first: { rule: { rule: 'box', low: [-2], high: [2] }, of: 'convolution' },
  },
  'ε, α2β1 and flat': {
    convolution: { rule: 'alpha-beta', alpha: 2, beta: 1 },
    dense,
    first: { rule: { rule: 'flat' }, of: 'linear' },
  },
  ε: { convolution: dense, dense },
};

/** The graph up to its logits, for one sample, with the relevance of each number of `x`. */
function relevanceGraph(model: Graph, rules: RelevanceRules, classes: number): Graph {
  const builder = new GraphBuilder('relevance');
  const [input] = model.inputs;
  const x = builder.input('x', 'float', [1, ...(input?.shape.slice(1) ?? [])]);
  const { values } = builder.inline(model, { inputs: { [input?.name ?? '']: x } });
  const logits = lastNode({ nodes: model.nodes, value: model.outputs[0]?.name ?? '' })?.inputs[0] ?? '';
  const value = values.get(logits) ?? '';
  const seed = builder.node('Mul', [builder.input('chosen', 'float', [1, classes]), value]);
  const found = relevance(builder, { value, seed, input: x, rules });
  builder.output(seed, 'start');
  builder.output(found.relevance, 'relevance of x');
  builder.output(found.absorbed, 'absorbed');
  return builder.build();
}

const sumOf = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const sizeOf = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + Math.abs(value), 0);

/** How far the map of a sample is from adding up to what was shared out less what was absorbed, as a share of all relevance. */
async function conservation(
  { name, label, probabilities, ...golden }: ArchitectureGolden,
  rules: RelevanceRules,
): Promise<number> {
  const graph = relevanceGraph(await architectureGraph(name), rules, probabilities.length);
  const chosen = arrayOf([1, probabilities.length], (index) => Number(index === label));
  const values = await runOnnx(graph, { x: architectureInput({ name, label, probabilities, ...golden }), chosen });
  const [start, map, absorbed] = ['start', 'relevance of x', 'absorbed'].map((of) => valueIn(values, of).data);
  const [before = NaN, after = NaN, lost = NaN] = [start, map, absorbed].map((all) => sumOf(all ?? []));
  return Math.abs(before - lost - after) / (Math.abs(before) + sizeOf(map ?? []) + sizeOf(absorbed ?? []));
}

const refused = ['vit', 'convnext'];
const quick = ['mobilenet_v3_small', 'densenet', 'efficientnet_b0', 'squeezenet1_1', 'shufflenet_v2', 'regnet_y'];
const cases = architectureGoldens
  .filter(({ name }) => !refused.includes(name))
  .flatMap((golden) => {
    const names = quick.includes(golden.name) ? Object.keys(composites) : ['ε, α2β1 and flat'];
    return names.map((rules) => ({ ...golden, rules }));
  });

it.each(cases)('relevance of $name by $rules adds up to the logit less what biases absorbed', async ({ rules, ...golden }) => {
  // float32 through up to 120 layers; the largest here is 7e-7.
  expect(await conservation(golden, composites[rules] ?? expect.fail())).toBeLessThan(3e-6);
});

it.each(refused)('relevance does not go through %s, and the message names the node', async (name) => {
  const golden = architectureGoldens.find((candidate) => candidate.name === name) ?? expect.fail();
  const found = conservation(golden, composites.ε ?? expect.fail());
  await expect(found).rejects.toThrow(/^Node ".+" \(\w+\) has no rule of layer-wise relevance propagation: .*normalis/);
});
