/**
 * Completes package-lock.json: node infra/npm/complete-lock.mjs
 *
 * `npm install` leaves platform packages (`@nx/nx-darwin-arm64` and similar) out of the lock if the registry does not have them,
 * as with partial mirrors. `npm ci` then refuses the lock on every machine. This script adds them with the versions that their
 * parents name, so the lock is the same wherever it was made. npm downloads such a package only on its own platform.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = ['darwin', 'freebsd', 'win32', 'linux', 'android', 'openharmony'];
const processors = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'arm'];

const added = [];
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const os = systems.find((system) => name.includes(system));
    const cpu = processors.find((processor) => name.includes(`-${processor}`));
    if (path in lock.packages || os === undefined || cpu === undefined) continue;
    const libc = os === 'linux' ? { libc: [name.includes('musl') ? 'musl' : 'glibc'] } : {};
    lock.packages[path] = {
      version,
      cpu: [cpu],
      ...(parent.dev === true ? { dev: true } : {}),
      ...libc,
      optional: true,
      os: [os],
    };
    added.push(name);
  }
}
const [root, ...others] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...others.sort(([a], [b]) => a.localeCompare(b, 'en'))]);
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(added.length === 0 ? 'The lock was complete.' : `Added ${added.join(', ')}.`);
