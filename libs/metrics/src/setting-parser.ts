import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import type { z } from 'zod';

/**
 * Reads the settings of a metric as they come back from the store.
 * @param forms what a setting looks like: `{steps, baseline}`
 * @returns a function that throws SPEC_INVALID for any other setting
 */
export function settingParser<Setting>(metric: string, schema: z.ZodType<Setting>, forms: string): (setting: unknown) => Setting {
  return (setting) => {
    const parsed = schema.safeParse(setting);
    if (parsed.success) return parsed.data;
    throw new XaigridError('SPEC_INVALID', `${metric} has no setting ${canonicalJson(setting)}. A setting is ${forms}.`);
  };
}
