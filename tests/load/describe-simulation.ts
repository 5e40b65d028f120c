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
    `  orchestrator's memory with 10, 25, 50, 75 and 100 % of the shards scored: ${[0.1, 0.25, 0.5, 0.75, 1].map((share) => mebibytes(memoryAt(simulation, share))).join(', ')}`,
    `  NATS at most ${mebibytes(peaks.natsMebibytes)} of memory, ${mebibytes(peaks.natsDiskMebibytes)} of disk`,
    `  Postgres with all its processes at most ${mebibytes(peaks.postgresMebibytes)} of memory; database ${mebibytes(simulation.databaseMebibytes)}`,
    `  on the queue at most ${peaks.explainTasks} explain and ${peaks.scoreTasks} score tasks; explained and not yet scored at most ${peaks.unscored} shards`,
  ].join('\n');
}

/** Its memory at the last look before so many shards were scored. */
function memoryAt({ shards, orchestratorMebibytes }: Simulation, share: number): number {
  return (orchestratorMebibytes.findLast(({ scored }) => scored <= shards * share) ?? orchestratorMebibytes[0])?.mebibytes ?? NaN;
}

function micros(seconds: number): string {
  return `${(seconds * 1e6).toFixed(0)} µs`;
}

function mebibytes(value: number): string {
  return `${value.toFixed(0)} MiB`;
}
