import { numberOf } from '../api/client.js';
import { plainText } from '../api/plain-text.js';
import type { Catalog, Measure } from '../api/queries.js';

/** A number for people: four significant digits, percent where it is a rate. */
export function formatValue(value: unknown): string {
  const number = numberOf(value);
  if (Number.isNaN(number)) return 'NaN';
  if (!Number.isFinite(number)) return number > 0 ? '∞' : '−∞';
  if (number === 0) return '0';
  const size = Math.abs(number);
  const text = size >= 1e5 || size < 1e-3 ? number.toExponential(2) : Number(number.toPrecision(4)).toString();
  return text.replace('-', '−');
}

/** `keep 0.3, baseline zero` */
export function settingText(setting: Readonly<Record<string, unknown>>): string {
  return Object.entries(setting)
    .map(([key, value]) => `${words(key)} ${plainText(value)}`)
    .join(', ');
}

/** Of several settings, the text of one by what differs between them: the rest would only hide it. */
export function shortSettingText(
  setting: Readonly<Record<string, unknown>>,
  all: readonly Readonly<Record<string, unknown>>[],
): string {
  const differs = (key: string) => new Set(all.map((one) => canonical(one[key] ?? null))).size > 1;
  const short = Object.fromEntries(Object.entries(setting).filter(([key]) => differs(key)));
  return settingText(Object.keys(short).length === 0 ? setting : short);
}

/** `keepFraction` → `keep fraction` */
function words(key: string): string {
  return key.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function metricOf(catalog: Catalog | undefined, name: string): Catalog['metrics'][number] | undefined {
  return catalog?.metrics.find((metric) => metric.name === name);
}

export function measureOf(catalog: Catalog | undefined, metric: string, measure: string): Measure | undefined {
  return metricOf(catalog, metric)?.measures.find(({ name }) => name === measure);
}

/** The text of a setting with its keys in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, own: unknown) =>
    typeof own === 'object' && own !== null && !Array.isArray(own)
      ? Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)))
      : own,
  );
}
