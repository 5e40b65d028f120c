import { existsSync, readFileSync, readdirSync } from 'node:fs';

/** Whether the system tells what its processes and threads have taken (Linux does). Times are in ticks, whose length does not matter to ratios. */
export const knowsProcessorTime = existsSync('/proc/self/task');

/** What there has been of the processors so far, and how much of it was taken: by all processes and the kernel. */
export function machineTime() {
  const [user, nice, system, idle, waiting, interrupts, softInterrupts] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + interrupts + softInterrupts;
  return { all: busy + idle + waiting, busy };
}

/**
 * What a process or thread tells of itself, from its third field on (man 5 proc_pid_stat): `[1]` is the parent, `[11]` and `[12]` the time it
 * took, `[13]` and `[14]` that of children that have ended and that it waited for.
 *
 * @param {string} stat the text of its file `stat`, empty when it has ended
 */
export function fieldsOf(stat) {
  // The name before, in parentheses, may have spaces.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** What the whole machine has taken so far, and each thread of this process. */
export function processorTime() {
  const threads = readdirSync('/proc/self/task').map((thread) => {
    const fields = fieldsOf(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8'));
    return [thread, Number(fields[11]) + Number(fields[12])];
  });
  return { machine: machineTime().busy, threads: new Map(threads) };
}

/** What the whole machine took between two moments, and of that the `count` busiest threads of this process, which are the engines. */
export function timeTaken(before, after, count) {
  const taken = [...after.threads].map(([thread, time]) => time - (before.threads.get(thread) ?? 0)).sort((a, b) => b - a);
  return { machine: after.machine - before.machine, engines: taken.slice(0, count).reduce((sum, time) => sum + time, 0) };
}
