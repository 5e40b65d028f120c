import { XaigridError } from '../errors.js';
import type { Path } from './document.js';

/** `${NAME}` or `${NAME:-default}`. `$${` stands for a literal `${`. */
const PATTERN = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** The environment, and where its variables may be used. */
export interface Interpolation {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables that are never filled in, because they hold secrets. */
  readonly secretVariables: readonly string[];
  readonly position: (path: Path) => string;
}

/**
 * Fills `${VAR}` and `${VAR:-default}` in every string of the spec except keys. As in a shell, an empty variable counts as unset
 * if there is a default.
 * @throws SPEC_INVALID with the variable and where it is used.
 */
export function interpolate(data: unknown, options: Interpolation, path: Path = []): unknown {
  if (typeof data === 'string') return fill(data, options, path);
  if (Array.isArray(data)) return data.map((item: unknown, index) => interpolate(item, options, [...path, index]));
  if (typeof data === 'object' && data !== null) {
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, interpolate(value, options, [...path, key])]));
  }
  return data;
}

function fill(text: string, { environment, secretVariables, position }: Interpolation, path: Path): string {
  const refuse = (reason: string): never => {
    throw new XaigridError('SPEC_INVALID', `${path.join('.')}${position(path)}: ${reason}`);
  };
  return text.replace(PATTERN, (_whole: string, name: string | undefined, fallback: string | undefined) => {
    if (name === undefined) return '${';
    if (secretVariables.includes(name))
      return refuse(`the environment variable ${name} is a secret, and a spec is stored and shown. Use another variable.`);
    const value = environment[name];
    if (value !== undefined && (value !== '' || fallback === undefined)) return value;
    return fallback ?? refuse(`the environment variable ${name} is not set. Set it, or write \${${name}:-default}.`);
  });
}
