import { parse } from 'yaml';
import { XaigridError } from '../errors.js';
import type { SpecDocument } from './document.js';

/**
 * Applies `--set path=value` to a spec's data, for example `evaluations.0.explainers.1.draws=50`. Values are YAML. Missing
 * objects on the path are made; items of lists must exist.
 * @throws USAGE for an argument without `=`, a path through something that is neither object nor list, or a missing item of a
 * list.
 */
export function applyOverrides(data: unknown, overrides: readonly string[]): unknown {
  return overrides.reduce<unknown>((result, override) => {
    const equals = override.indexOf('=');
    if (equals <= 0) {
      throw new XaigridError('USAGE', `--set ${override}: expected path=value, for example --set seed=1.`);
    }
    return replaceAt(result, keysOf(override), parseValue(override.slice(equals + 1), override), override);
  }, data);
}

function keysOf(override: string): string[] {
  return override
    .slice(0, override.indexOf('='))
    .split(/[.[\]]+/)
    .filter((key) => key !== '');
}

/** The document with positions that say which parts `--set` and options of the command have set. The lines of the file do not show those values. */
export function markOverrides(document: SpecDocument, overrides: readonly string[]): SpecDocument {
  const set = overrides.map(keysOf);
  const begins = (whole: readonly string[], part: readonly string[]): boolean => part.every((key, at) => whole[at] === key);
  return {
    data: document.data,
    position(path) {
      const keys = path.map(String);
      if (set.some((own) => begins(keys, own))) return ' (command line)';
      const position = document.position(path);
      return set.some((own) => begins(own, keys)) ? position.replace(/\)$/, ' and command line)') : position;
    },
  };
}

function parseValue(text: string, override: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    throw new XaigridError('USAGE', `--set ${override}: the value is not valid YAML.`);
  }
}

function replaceAt(data: unknown, keys: readonly string[], value: unknown, override: string): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (Array.isArray(data)) {
    const items: unknown[] = data;
    const index = Number(key);
    if (!Number.isInteger(index) || index < 0 || index >= items.length) {
      throw new XaigridError('USAGE', `--set ${override}: "${key}" is not one of the list's positions 0 to ${items.length - 1}.`);
    }
    return items.with(index, replaceAt(items[index], rest, value, override));
  }
  if (data === undefined || data === null) return { [key]: replaceAt(undefined, rest, value, override) };
  if (typeof data === 'object') {
    const fields = new Map<string, unknown>(Object.entries(data));
    fields.set(key, replaceAt(fields.get(key), rest, value, override));
    return Object.fromEntries(fields);
  }
  throw new XaigridError('USAGE', `--set ${override}: "${key}" goes into a plain value, which has no parts.`);
}
