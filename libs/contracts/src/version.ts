import { createRequire } from 'node:module';

const packageFile: unknown = createRequire(import.meta.url)('@xaigrid/contracts/package.json');

/** The version of xaigrid. All its packages have the same. */
export const XAIGRID_VERSION: string =
  typeof packageFile === 'object' && packageFile !== null && 'version' in packageFile && typeof packageFile.version === 'string'
    ? packageFile.version
    : 'unknown';
