import { XaigridError } from '../errors.js';

type Setting = Readonly<Record<string, unknown>> | undefined;

/** `0.3` for a keep fraction, `>0.5` for a keep threshold. Undefined for a setting without either. */
export function keepText(setting: Setting): string | undefined {
  const { keepFraction, keepThreshold } = setting ?? {};
  if (typeof keepFraction === 'number') return String(keepFraction);
  return typeof keepThreshold === 'number' ? `>${keepThreshold}` : undefined;
}

/**
 * A keep setting in its canonical form: `.30` becomes `0.3`, `> 0` becomes `>0`.
 * @throws USAGE
 */
export function canonicalKeep(text: string): string {
  const threshold = text.trim().startsWith('>');
  const digits = text.trim().slice(threshold ? 1 : 0);
  const value = Number(digits);
  if (digits.trim() === '' || !Number.isFinite(value))
    throw new XaigridError(
      'USAGE',
      `keep ${JSON.stringify(text)}: expected a keep fraction such as 0.3, or a keep threshold such as ">0".`,
    );
  return `${threshold ? '>' : ''}${value}`;
}

/** The baseline of a setting as tables write it: `zero`, `0.5`, `blur 5`, `[0.1,0.2]`. Undefined if it has none. */
export function baselineText(setting: Setting): string | undefined {
  return setting?.baseline === undefined ? undefined : plainText(setting.baseline);
}

/** A part of a setting as short text: `mean`, `blur 5`, `[0.1,0.2]`. */
export function plainText(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${plainText(inner)}`)
    .join(' ');
}
