import type { PlannedEvaluation } from '@xaigrid/contracts';
import type { Explainer } from './explainer.js';

type Planned = Pick<PlannedEvaluation['explainer'], 'version' | 'params'>;
type Versioned = Pick<Explainer, 'version' | 'earlier'>;

/** What is planned, hashed and stored of the parameters: those of an earlier version as that version planned them. */
export function plannedAs({ version, earlier }: Versioned, params: Planned['params']): Planned {
  if (earlier === undefined || Object.entries(earlier.params).some(([name, value]) => params[name] !== value))
    return { version, params };
  const own = Object.entries(params).filter(([name]) => !(name in earlier.params));
  return { version: earlier.version, params: Object.fromEntries(own) };
}

/** The parameters of a plan in today's words; as they are for a method that is not known here. */
export function paramsOf(method: Versioned | undefined, { version, params }: Planned): Planned['params'] {
  return version === method?.earlier?.version ? { ...params, ...method.earlier.params } : params;
}

/** The version that this process draws for a plan of `version`: that one if it can. */
export function versionDrawn(method: Versioned, version: number): number {
  return version === method.earlier?.version ? version : method.version;
}
