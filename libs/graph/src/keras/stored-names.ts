/** `Conv2DTranspose` → `conv2d_transpose`, by the rules of `to_snake_case` in Keras. */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/**
 * The names of a model's layers in a `.keras` archive, which do not depend on their own names: the class, with a count from the
 * second one on: `conv2d`, `conv2d_1`. Operations (`x + 1`) are not layers there.
 */
export function storedNames(layers: readonly { readonly className: string; readonly module: string | undefined }[]): string[] {
  const counts = new Map<string, number>();
  return layers.map(({ className, module }) => {
    const name = snakeCase(className);
    if (module?.includes('.ops.') === true) return name;
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${String(count)}`;
  });
}
