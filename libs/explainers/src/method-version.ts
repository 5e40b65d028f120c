import type { PlannedEvaluation } from '@xaigrid/contracts';
import type { Explainer } from './explainer.js';

type Planned = Pick<PlannedEvaluation['explainer'], 'version' | 'params'>;
type Versioned = Pick<Explainer, 'version' | 'earlier'>;

/**
 * The version and parameters that are planned, hashed and stored. If an earlier version gives the same maps, they are that
 * version's.
 */
export function plannedAs({ version, earlier }: Versioned, params: Planned['params']): Planned {
  if (earlier === undefined || Object.entries(earlier.params).some(([name, value]) => params[name] !== value))
    return { version, params };
  const own = Object.entries(params).filter(([name]) => !(name in earlier.params));
  return { version: earlier.version, params: Object.fromEntries(own) };
}

/** The parameters of a plan in today's form. Those of an unknown method stay unchanged. */
export function paramsOf(method: Versioned | undefined, { version, params }: Planned): Planned['params'] {
  return version === method?.earlier?.version ? { ...params, ...method.earlier.params } : params;
}

/** The version whose maps this process computes for a plan of `version`: the same version if it can, else today's. */
export function versionDrawn(method: Versioned, version: number): number {
  return version === method.earlier?.version ? version : method.version;
}
