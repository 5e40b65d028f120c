/** The simulation at a tenth of the shards and at all of them: what shall stay flat must be the same in both. */
import { parseArgs } from 'node:util';
import { describeSimulation } from './describe-simulation.ts';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    shards: { type: 'string', default: '1000000' },
    slots: { type: 'string', default: '512' },
    once: { type: 'boolean', default: false },
  },
});
const shards = Number(values.shards);
for (const count of values.once ? [shards] : [Math.ceil(shards / 10), shards]) {
  let saidAt = 0;
  const result = await simulate({
    ...{ shards: count, slots: Number(values.slots) },
    onProgress({ scored, seconds }) {
      if (seconds - saidAt < 10) return;
      saidAt = seconds;
      process.stderr.write(`${seconds.toFixed(0)} s: ${scored} of ${count} shards scored, ${(scored / seconds).toFixed(0)}/s\n`);
    },
  });
  process.stdout.write(`${describeSimulation(result)}\n`);
}
