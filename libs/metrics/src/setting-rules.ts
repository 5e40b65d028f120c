import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { z } from 'zod';
import type { Setting } from './metric.js';

/** How the parameters of a metric in a spec become settings, each of which is scored by itself. */
export interface SettingRules<Params, One extends Setting> {
  /** Strict object schema of the parameters, with defaults. */
  readonly params: z.ZodType<Params>;
  /** One setting, as it is stored. */
  readonly setting: z.ZodType<One>;
  /** What a setting looks like, for messages: `{steps, baseline}`. */
  readonly forms: string;
  /** All settings that the parameters ask for, each once. */
  readonly settings: (params: Params, model: ModelDescription) => One[];
}

/** What a setting does not say where it is the default: nearly always it is, and tables have to be read. */
const UNSAID: readonly string[] = ['definition', 'target', 'repeats'];

interface RulesOptions<One> {
  /** Parameters that may be lists: each combination of their values is a setting, and so a row of tables. */
  readonly several?: readonly (keyof One & string)[];
  /**
   * Completes a setting: fills in defaults that depend on other parameters or on the model, writes what is equal in one way, and throws for
   * what does not fit the model; or makes several of it. Left out: as it is.
   */
  readonly complete?: (setting: One, model: ModelDescription) => One | readonly One[];
}

/**
 * Rules for a metric whose settings have the parameters themselves.
 *
 * @param shape the schema of each parameter, for one value; with its default and description
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

/** @param value no list itself */
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
  // What may be left out is described where it stands, or where it was made.
  const made = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  const { description } = z.globalRegistry.get(schema) ?? z.globalRegistry.get(made) ?? {};
  const hasDefault = schema instanceof z.ZodDefault;
  const one = hasDefault ? (schema.unwrap() as z.ZodType) : schema;
  const either = z.union([one, z.array(one).min(1)]);
  const several = hasDefault ? either.default(schema.parse(undefined)) : either;
  return description === undefined ? several : several.meta({ description: `${description} Several values make a row each.` });
}

/** Every way to take one of each list, the last list changing fastest. */
function product(lists: readonly (readonly unknown[])[]): unknown[][] {
  return lists.reduce<unknown[][]>((all, list) => all.flatMap((head) => list.map((value) => [...head, value])), [[]]);
}

/**
 * Reads a setting as it comes back from the store.
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
