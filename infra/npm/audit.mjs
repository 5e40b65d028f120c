/**
 * Asks the registry for known vulnerabilities of the production dependencies: node infra/npm/audit.mjs
 *
 * It fails for each vulnerability that audit-exceptions.json does not explain, and for each explanation that is no longer needed.
 * If the registry cannot answer, as partial mirrors cannot, it says so and does not fail.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** For each accepted advisory (`GHSA-…`): why it does not concern xaigrid. */
const exceptions = JSON.parse(readFileSync(new URL('audit-exceptions.json', import.meta.url), 'utf8'));

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', shell: process.platform === 'win32' });
const report = parse(stdout);
if (report?.vulnerabilities === undefined) {
  console.warn(`The registry cannot be asked for vulnerabilities: ${report?.message ?? report?.error?.summary ?? 'no answer'}.`);
  process.exit(0);
}

const found = new Map();
for (const { via } of Object.values(report.vulnerabilities)) {
  // The other entries name a package further down, which has its own entry.
  for (const advisory of via.filter((entry) => typeof entry === 'object')) found.set(advisory.url.split('/').at(-1), advisory);
}
const unexplained = [...found].filter(([id]) => exceptions[id] === undefined);
for (const [id, { name, range, severity, title }] of unexplained)
  console.error(`${id}: ${name} ${range} (${severity}): ${title}`);
const outlived = Object.keys(exceptions).filter((id) => !found.has(id));
for (const id of outlived) console.error(`${id} is no longer found: take it out of audit-exceptions.json.`);
if (unexplained.length + outlived.length > 0) process.exit(1);
console.log(`No unexplained vulnerability among ${report.metadata.dependencies.prod} packages.`);

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
