import { XaigridError } from '@xaigrid/contracts';
import { numbersOf } from '../constants.js';
import type { Graph } from '../graph.js';
import { liveNodes } from '../live-nodes.js';

const random = ['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Multinomial', 'Bernoulli'];

/**
 * Refuses a model that draws random numbers: its results would differ each time, and results must not depend on when and where
 * they are computed.
 * @throws MODEL_UNSUPPORTED naming the node
 */
export function refuseRandom(graph: Graph): void {
  const outputs = graph.outputs.map(({ name }) => name);
  for (const { name, op, inputs } of liveNodes(graph.nodes, outputs)) {
    const training = graph.constants.get(inputs[2] ?? '');
    const drops = op === 'Dropout' && training !== undefined && numbersOf(training)[0] !== 0;
    if (!drops && !random.includes(op)) continue;
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Node "${name}" (${op}) ${drops ? 'is in training mode: it drops values at random' : 'draws random numbers'}, so results could not be reproduced. Export the model for inference (in PyTorch after model.eval()).`,
    );
  }
}
