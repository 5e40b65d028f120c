import { XaigridError } from '../errors.js';
import type { Path } from './document.js';

/** `${NAME}` or `${NAME:-default}`; `$${` stands for a literal `${`. */
const PATTERN = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Fills `${VAR}` and `${VAR:-default}` in every string of the spec, keys excepted. As in a shell, an empty variable counts
 * as unset where a default is given.
 * @throws SPEC_INVALID naming the variable and where it is used.
 */
export function interpolate(
  data: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  position: (path: Path) => string,
  path: Path = [],
): unknown {
  if (typeof data === 'string') {
    return data.replace(PATTERN, (_whole: string, name: string | undefined, fallback: string | undefined) => {
      if (name === undefined) return '${';
      const value = environment[name];
      if (value !== undefined && (value !== '' || fallback === undefined)) return value;
      if (fallback !== undefined) return fallback;
      throw new XaigridError(
        'SPEC_INVALID',
        `${path.join('.')}${position(path)}: the environment variable ${name} is not set. Set it, or write \${${name}:-default}.`,
      );
    });
  }
  if (Array.isArray(data)) return data.map((item: unknown, index) => interpolate(item, environment, position, [...path, index]));
  if (typeof data === 'object' && data !== null) {
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, interpolate(value, environment, position, [...path, key])]),
    );
  }
  return data;
}
