import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { z } from 'zod';
import type { Setting } from './metric.js';

/** How the parameters of a metric in a spec become settings. Each setting is scored by itself. */
export interface SettingRules<Params, One extends Setting> {
  /** Strict object schema of the parameters, with defaults. */
  readonly params: z.ZodType<Params>;
  /** The schema of one setting, as it is stored. */
  readonly setting: z.ZodType<One>;
  /** The form of a setting, for messages: `{steps, baseline}`. */
  readonly forms: string;
  /** All settings that the parameters ask for, without repeats. */
  readonly settings: (params: Params, model: ModelDescription) => One[];
}

/** Parts of a setting that are left out if they have the default. They nearly always do, and tables must stay readable. */
const UNSAID: readonly string[] = ['definition', 'target', 'repeats'];

interface RulesOptions<One> {
  /** Parameters that may be lists. Each combination of their values is a setting, and so a row of tables. */
  readonly several?: readonly (keyof One & string)[];
  /**
   * Completes a setting: fills in defaults that depend on other parameters or on the model, writes equal values in one way, and
   * throws if something does not fit the model. It may return several settings. Absent: the setting stays as it is.
   */
  readonly complete?: (setting: One, model: ModelDescription) => One | readonly One[];
}

/**
 * Rules for a metric whose settings consist of its parameters.
 *
 * @param shape the schema of each parameter for one value, with its default and description
 */
export function settingRules<Shape extends z.ZodRawShape>(
  shape: Shape,
  { several = [], complete = (setting) => setting }: RulesOptions<z.infer<z.ZodObject<Shape>>> = {},
): SettingRules<Record<string, unknown>, z.infer<z.ZodObject<Shape>>> {
  const setting = z.strictObject(shape);
  const keys = Object.keys(shape);
  const listed = new Set<string>(several);
  const params = z.strictObject(
    Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, listed.has(key) ? oneOrSeveral(schema) : schema])),
  );
  return {
    params,
    setting,
    forms: `{${keys.join(', ')}}`,
    settings: (given, model) => {
      const choices = keys.map((key) => (listed.has(key) && Array.isArray(given[key]) ? given[key] : [given[key]]) as unknown[]);
      const all = product(choices).flatMap((values) => {
        const named = Object.fromEntries(keys.flatMap((key, at) => (values[at] === undefined ? [] : [[key, values[at]]])));
        return listOf(complete(setting.parse(named), model)).map((one) => withoutUnsaid(one, setting.shape));
      });
      return [...new Map(all.map((one) => [canonicalJson(one), one])).values()];
    },
  };
}

/** @param value not itself a list */
function listOf<Item>(value: Item | readonly Item[]): readonly Item[] {
  return Array.isArray(value) ? (value as readonly Item[]) : [value as Item];
}

function withoutUnsaid<One>(setting: One, shape: z.ZodRawShape): One {
  const said = Object.entries(setting as Setting).filter(([key, value]) => {
    const schema = shape[key];
    return !(UNSAID.includes(key) && schema instanceof z.ZodDefault && schema.parse(undefined) === value);
  });
  return Object.fromEntries(said) as One;
}

/** The schema, or a list of it, with the same default and description. */
function oneOrSeveral(schema: z.core.$ZodType): z.core.$ZodType {
  // The description of an optional schema is on it, or on the schema inside.
  const made = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  const { description } = z.globalRegistry.get(schema) ?? z.globalRegistry.get(made) ?? {};
  const hasDefault = schema instanceof z.ZodDefault;
  const one = hasDefault ? (schema.unwrap() as z.ZodType) : schema;
  const either = z.union([one, z.array(one).min(1)]);
  const several = hasDefault ? either.default(schema.parse(undefined)) : either;
  return description === undefined ? several : several.meta({ description: `${description} Several values make a row each.` });
}

/** Every combination of one item from each list. The last list varies fastest. */
function product(lists: readonly (readonly unknown[])[]): unknown[][] {
  return lists.reduce<unknown[][]>((all, list) => all.flatMap((head) => list.map((value) => [...head, value])), [[]]);
}

/**
 * Parses a setting from the store.
 * @throws SPEC_INVALID for any other setting
 */
export function parseSetting<One extends Setting>(
  metric: string,
  { setting: schema, forms }: Pick<SettingRules<unknown, One>, 'setting' | 'forms'>,
  setting: unknown,
): One {
  const parsed = schema.safeParse(setting);
  if (parsed.success) return parsed.data;
  throw new XaigridError('SPEC_INVALID', `${metric} has no setting ${canonicalJson(setting)}. A setting is ${forms}.`);
}
