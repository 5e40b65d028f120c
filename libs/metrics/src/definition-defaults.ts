/**
 * Fills in numbers whose default depends on the definition of a setting.
 *
 * @returns a function from a setting to its definition and these numbers: the setting's own, or the default
 */
export function filledBy<Definition extends string, Key extends string>(
  defaults: Readonly<Record<Definition, Readonly<Record<Key, number>>>>,
) {
  return (
    setting: { readonly definition: Definition } & Readonly<Partial<Record<Key, number | undefined>>>,
  ): { readonly definition: Definition } & Readonly<Record<Key, number>> => {
    const filled: Record<Key, number> = { ...defaults[setting.definition] };
    for (const key in filled) filled[key] = setting[key] ?? filled[key];
    return { ...filled, definition: setting.definition };
  };
}
