/**
 * Load: `npm run load`. Real processes, a real nats-server and a real Postgres, filled until it hurts; what comes out is in
 * docs/scaling.md. `npm run load -- shards --shards 100000` runs one part.
 */
const parts = ['shards', 'scores', 'samples'];
const asked = process.argv.slice(2);
for (const part of parts.some((name) => asked.includes(name)) ? parts.filter((name) => asked.includes(name)) : parts)
  await import(`./${part}.mjs`);
