import type { Path } from './document.js';
import { specError } from './issues.js';

/** JavaScript keeps an object's prototype under this key. Libraries therefore drop the key without a word. */
const PROTOTYPE = '__proto__';

/**
 * Refuses the key `__proto__` wherever it stands, as a name or a parameter.
 * @throws SPEC_INVALID with every place
 */
export function refusePrototypes(data: unknown, position: (path: Path) => string): void {
  const paths = prototypesIn(data, []);
  const issues = paths.map((path) => ({ path, message: `"${PROTOTYPE}" cannot be a name or a key. Choose another one.` }));
  if (issues.length > 0) throw specError(issues, position);
}

function prototypesIn(data: unknown, path: Path): Path[] {
  if (Array.isArray(data)) return data.flatMap((item: unknown, at) => prototypesIn(item, [...path, at]));
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) =>
    key === PROTOTYPE ? [[...path, key]] : prototypesIn(value, [...path, key]),
  );
}
