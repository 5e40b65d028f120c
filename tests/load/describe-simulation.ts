import type { Simulation } from './simulate.js';

/** What a simulation found, for people. */
export function describeSimulation(simulation: Simulation): string {
  const { shards, planSeconds, workSeconds, usage, most } = simulation;
  const seconds = planSeconds + workSeconds;
  const cpu = usage.reduce((sum, part) => sum + part.cpuSeconds, 0);
  return [
    `${shards} shards: ${simulation.state} in ${seconds.toFixed(1)} s, ${(shards / seconds).toFixed(0)} shards/s`,
    `  planned in ${planSeconds.toFixed(1)} s; published, computed, tracked and finished in ${workSeconds.toFixed(1)} s`,
    `  processor time ${cpu.toFixed(0)} s = ${(cpu / seconds).toFixed(2)} cores`,
    ...usage.map(
      (part) =>
        `    ${part.name.padEnd(17)} ${micros(part.cpuSeconds / shards).padStart(5)} µs a shard, memory at the end ${mebibytes(part.mebibytes)}, first process at most ${mebibytes(part.peakMebibytes)}`,
    ),
    `  NATS at most ${mebibytes(most.natsMebibytes)} of memory, ${mebibytes(most.natsDiskMebibytes)} of disk; database ${mebibytes(simulation.databaseMebibytes)}`,
    `  explained and not yet scored at most ${most.unscored}`,
  ].join('\n');
}

function micros(seconds: number): string {
  return (seconds * 1e6).toFixed(0);
}

function mebibytes(value: number): string {
  return `${value.toFixed(0)} MiB`;
}
