/** An object without the entries that are undefined. */
export type Present<Value> = { [Key in keyof Value]?: Exclude<Value[Key], undefined> };

export function withoutAbsent<Value extends object>(value: Value): Present<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, own]) => own !== undefined)) as Present<Value>;
}

/** An object without some of its entries. */
export function without<Value extends object, Key extends keyof Value & string>(
  value: Value,
  ...keys: readonly Key[]
): Omit<Value, Key> {
  const left: readonly string[] = keys;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !left.includes(key))) as Omit<Value, Key>;
}
