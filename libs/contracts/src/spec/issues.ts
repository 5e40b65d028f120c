import type { z } from 'zod';
import { XaigridError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import type { Path } from './document.js';

export interface SpecIssue {
  readonly path: Path;
  readonly message: string;
}

/** The keys a strict object schema knows, or none when it is not an object schema. */
export function knownKeys(schema: z.ZodType): string[] {
  const shape: unknown = 'shape' in schema ? schema.shape : undefined;
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}

/** Zod's findings in our words. `keysAt` names the known keys of the object at a path, for suggestions. */
export function issuesOf(error: z.ZodError, prefix: Path, keysAt: (path: Path) => readonly string[]): SpecIssue[] {
  return error.issues.flatMap((issue): SpecIssue[] => {
    const path: Path = [...prefix, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(path);
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `unknown key "${key}".${didYouMean(key, known) || (known.length > 0 ? ` Known keys: ${known.join(', ')}.` : '')}`,
      }));
    }
    return [{ path, message: plainly(issue) }];
  });
}

function plainly(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.input === undefined && issue.message.includes('received undefined')) {
    return `is missing; expected ${issue.expected}.`;
  }
  return `${issue.message.replace(/^Invalid input: /, '').replace(/\.$/, '')}.`;
}

/** One SPEC_INVALID whose message lists every issue with its place. */
export function specError(issues: readonly SpecIssue[], position: (path: Path) => string): XaigridError {
  const lines = issues.map(({ path, message }) => `${path.length > 0 ? path.join('.') : 'spec'}${position(path)}: ${message}`);
  const unique = [...new Set(lines)];
  return new XaigridError(
    'SPEC_INVALID',
    unique.length === 1 ? (unique[0] ?? '') : `${unique.length} mistakes:\n  ${unique.join('\n  ')}`,
  );
}
