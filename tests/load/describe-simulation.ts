import type { Simulation } from './simulate.js';

/** What a simulation found, for people. */
export function describeSimulation(simulation: Simulation): string {
  const { shards, planSeconds, workSeconds, usage, peaks } = simulation;
  const seconds = planSeconds + workSeconds;
  const cpu = Object.values(usage).reduce((sum, part) => sum + part.cpuSeconds, 0);
  return [
    `${shards} shards: ${simulation.state} in ${seconds.toFixed(1)} s, ${(shards / seconds).toFixed(0)} shards/s`,
    `  planned in ${planSeconds.toFixed(1)} s; published, computed, tracked and finished in ${workSeconds.toFixed(1)} s`,
    `  processor time ${cpu.toFixed(0)} s, ${micros(cpu / shards)} a shard: ${(cpu / seconds).toFixed(2)} cores`,
    ...Object.entries(usage).map(
      ([name, part]) =>
        `    ${name.padEnd(17)} ${micros(part.cpuSeconds / shards).padStart(8)} a shard; memory at most ${mebibytes(part.peakMebibytes)}`,
    ),
    `  NATS at most ${mebibytes(peaks.natsMebibytes)} of memory, ${mebibytes(peaks.natsDiskMebibytes)} of disk`,
    `  Postgres with all its processes at most ${mebibytes(peaks.postgresMebibytes)} of memory; database ${mebibytes(simulation.databaseMebibytes)}`,
    `  on the queue at most ${peaks.explainTasks} explain and ${peaks.scoreTasks} score tasks; explained and not yet scored at most ${peaks.unscored} shards`,
  ].join('\n');
}

function micros(seconds: number): string {
  return `${(seconds * 1e6).toFixed(0)} µs`;
}

function mebibytes(value: number): string {
  return `${value.toFixed(0)} MiB`;
}
