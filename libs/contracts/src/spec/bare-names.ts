/** The key that names an entry of each list. */
const keys = { explainers: 'method', metrics: 'metric' } as const;

/**
 * The data of a spec with every explainer and metric as an object. An entry without settings may be written as its name: `sise`
 * instead of `{ method: sise }`. Entries of any other form stay as they are; later checks report them.
 */
export function withoutBareNames(data: unknown): unknown {
  return changed(data, 'evaluations', (evaluation) =>
    Object.entries(keys).reduce(
      (result, [list, key]) => changed(result, list, (entry) => (typeof entry === 'string' ? { [key]: entry } : entry)),
      evaluation,
    ),
  );
}

/** `data` with `change` applied to every item of its list `key`. */
function changed(data: unknown, key: string, change: (item: unknown) => unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([own, value]: [string, unknown]) => [
      own,
      own === key && Array.isArray(value) ? value.map(change) : value,
    ]),
  );
}
