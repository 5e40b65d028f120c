// A process that feeds mutants to one target after the other, as its parent asks on stdin. It says on descriptor 3, without
// waiting, which mutant comes next, so that the parent knows which one crashed or hung it.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { faultOf, mutantOf } from './outcome.js';
import { makeTarget, type Target } from './targets.js';
import type { Order, Report } from './fuzz-process.js';

const report = (message: Report): void => void writeSync(3, `${JSON.stringify(message)}\n`);

/** After so many mutants a good file must still be read as one: damage must not outlive its file. */
const CONTROL_EVERY = 100;

async function follow({ target: name, seed, from, to }: Order): Promise<void> {
  const target = await makeTarget(name);
  try {
    // Whatever a parser loads or reserves when first used is not a mutant's doing.
    for (const good of target.seeds) await faultOf(target, good, 0);
    for (let index = from; index < to; index++) {
      report({ kind: 'next', index });
      const fault = await faultOf(target, mutantOf(target, name, seed, index), index);
      if (fault !== undefined) report({ kind: 'fault', index, fault });
      if (index % CONTROL_EVERY === CONTROL_EVERY - 1) await control(target, index);
    }
  } finally {
    await target.close?.();
  }
  report({ kind: 'done' });
}

async function control(target: Target, index: number): Promise<void> {
  const [good = new Uint8Array()] = target.seeds;
  const fault = await target.parse(good, 0).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (fault !== undefined) report({ kind: 'fault', index, fault: `after it, a good file is not read: ${fault}` });
}

for await (const line of createInterface({ input: process.stdin })) await follow(JSON.parse(line) as Order);
