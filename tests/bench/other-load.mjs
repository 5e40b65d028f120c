import { readdir, readFile } from 'node:fs/promises';
import { fieldsOf, knowsProcessorTime, machineTime } from './processor-time.mjs';

/** A twentieth of the machine in other hands, and a ratio of two cores to one is no longer what it says. */
const MUCH = 0.05;

const read = (path) => readFile(path, 'utf8').catch(() => '');

/** Processor time so far: of the whole machine, how much of it was busy, and of this process and all that it started. */
async function ticks() {
  const processes = new Map();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const fields = fieldsOf(await read(`/proc/${pid}/stat`));
    // Children that have ended count with the parent that waited for them.
    processes.set(pid, { parent: fields[1], spent: fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0) });
  }
  const ours = (pid) => pid === String(process.pid) || (processes.has(pid) && ours(processes.get(pid).parent));
  const own = [...processes].reduce((sum, [pid, { spent }]) => (ours(pid) ? sum + spent : sum), 0);
  return { ...machineTime(), own };
}

/** Does `work` and says when other processes took so much of the machine meanwhile that its figures are worth little. Linux only. */
export async function watchingOthers(work) {
  if (!knowsProcessorTime) return work();
  const before = await ticks();
  await work();
  const after = await ticks();
  const others = (after.busy - before.busy - (after.own - before.own)) / (after.all - before.all);
  if (others > MUCH)
    console.log(`Other processes took ${(100 * others).toFixed(0)} % of the machine meanwhile: measure again without them.`);
}
