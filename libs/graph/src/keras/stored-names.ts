/** `Conv2DTranspose` → `conv2d_transpose`, by the rules of Keras's `to_snake_case`. */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/**
 * What a `.keras` archive calls the layers of a model, whatever their names: the class, and a count from the second on:
 * `conv2d`, `conv2d_1`. Operations (`x + 1`) are no layers there.
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
