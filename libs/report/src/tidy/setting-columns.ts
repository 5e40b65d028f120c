import { plainText } from '@xaigrid/contracts';
import type { TidyColumn, TidyValue } from './tidy-table.js';

interface WithSetting {
  readonly setting: Readonly<Record<string, unknown>>;
}

/** A setting as JSON, and the parts of it that most questions are about. */
export function settingColumns<Row>(settingOf: (row: Row) => WithSetting['setting']): TidyColumn<Row>[] {
  const number = (key: string) => (row: Row) => numberIn(settingOf(row)[key]);
  return [
    { name: 'setting', type: 'text', of: (row) => JSON.stringify(settingOf(row)) },
    { name: 'keepFraction', type: 'number', of: number('keepFraction') },
    { name: 'keepThreshold', type: 'number', of: number('keepThreshold') },
    { name: 'baseline', type: 'text', of: (row) => textOf(settingOf(row).baseline) },
  ];
}

function numberIn(value: unknown): TidyValue {
  return typeof value === 'number' ? value : undefined;
}

function textOf(value: unknown): TidyValue {
  return value === undefined ? undefined : plainText(value);
}
