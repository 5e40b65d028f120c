// `npm run fuzz -- [--mutants 10000] [--seed 1] [--target NAME] [--from 0]`: feeds damaged files to every parser.
import { parseArgs } from 'node:util';
import { startFuzzProcess } from './fuzz-process.js';
import { targetNames } from './targets.js';

const { values } = parseArgs({
  options: {
    mutants: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string', multiple: true },
    from: { type: 'string', default: '0' },
  },
});
const seed = Number(values.seed);
const from = Number(values.from);
const to = from + Number(values.mutants);
const chosen = targetNames.filter((name) => values.target?.includes(name) ?? true);

let faulty = 0;
for (const target of chosen) {
  const fuzz = startFuzzProcess();
  const started = performance.now();
  const faults = await fuzz.run({ target, seed, from, to });
  await fuzz.close();
  faulty += faults.length;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(`${target}: ${to - from} mutants in ${seconds} s, ${faults.length} faults\n`);
  for (const { index, fault } of faults)
    process.stdout.write(`  --target ${target} --seed ${seed} --from ${index} --mutants 1: ${fault}\n`);
}
process.exitCode = faulty > 0 || chosen.length === 0 ? 1 : 0;
