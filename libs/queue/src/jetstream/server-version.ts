/**
 * Whether it is safe to drop the tasks of one run. Before 2.10.11, a filtered purge can leave other messages of a consumer with a
 * wider filter undelivered. With such servers, the tasks of a cancelled run stay, and workers acknowledge and skip them.
 */
export function canPurgeByRun(version: string | undefined): boolean {
  const [major = 0, minor = 0, patch = 0] = (version ?? '').split(/[.-]/).map(Number);
  if (major !== 2) return major > 2;
  return minor > 10 || (minor === 10 && patch >= 11);
}
