import { existsSync, readFileSync, readdirSync } from 'node:fs';

/** Whether the system tells what its threads have taken (Linux does). */
export const knowsProcessorTime = existsSync('/proc/self/task');

/**
 * What has been taken of the processors so far: by the whole machine, so by a database's processes and the kernel too, and by each thread
 * of this process. In ticks, whose length does not matter to ratios.
 *
 * @returns {{ readonly machine: number, readonly threads: ReadonlyMap<string, number> }}
 */
export function processorTime() {
  const [user, nice, system, , , interrupts, softInterrupts] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const threads = readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    // The name before, in parentheses, may have spaces; times are fields 14 and 15 (man 5 proc_pid_stat).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [thread, Number(fields[11]) + Number(fields[12])];
  });
  return { machine: user + nice + system + interrupts + softInterrupts, threads: new Map(threads) };
}

/** What the whole machine took between two moments for each unit that the `count` busiest threads took, which are the engines. */
export function perEngineTime(before, after, count) {
  const taken = [...after.threads].map(([thread, time]) => time - (before.threads.get(thread) ?? 0)).sort((a, b) => b - a);
  return { machine: after.machine - before.machine, engines: taken.slice(0, count).reduce((sum, time) => sum + time, 0) };
}
