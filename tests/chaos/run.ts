import { parseArgs } from 'node:util';
import { runChaos } from './chaos.js';
import { chaosSpec } from './spec.js';

/** `npm run chaos -- --faults 1000 --minutes 60 --seed 7`: prints what it did, and ends with 1 when the run is not whole. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    faults: { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '90' },
    calm: { type: 'string', default: '15' },
    gap: { type: 'string', default: '1500' },
    workers: { type: 'string', default: '2' },
    samples: { type: 'string' },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const faults = Number(values.faults);
const only = values.only === undefined ? undefined : new RegExp(values.only);
process.stdout.write(`seed ${seed}: --seed ${seed} lets the same faults fall again\n`);
const report = await runChaos({
  ...{ seed, faults, workers: Number(values.workers), orchestrators: 2, gapMs: Number(values.gap), scale: 1 },
  faultsMs: 60_000 * Number(values.minutes),
  calmMs: 60_000 * Number(values.calm),
  spec: chaosSpec({ samples: Number(values.samples ?? Math.max(2 * faults, 60)) }),
  ...(only === undefined ? {} : { only: (name: string) => only.test(name) }),
  say: (line) => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
});
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
const whole = report.differences?.length === 0;
process.stdout.write(whole ? 'whole: byte for byte what nothing disturbed\n' : 'NOT WHOLE\n');
process.exit(whole ? 0 : 1);
