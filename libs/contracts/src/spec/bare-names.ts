/** What an entry of each list is named by. */
const keys = { explainers: 'method', metrics: 'metric' } as const;

/**
 * A spec's data with every explainer and metric as an object: an entry that sets nothing may be its name alone, `sise` in place of
 * `{ method: sise }`. What has another form is left to the checks.
 */
export function withoutBareNames(data: unknown): unknown {
  return changed(data, 'evaluations', (evaluation) =>
    Object.entries(keys).reduce(
      (result, [list, key]) => changed(result, list, (entry) => (typeof entry === 'string' ? { [key]: entry } : entry)),
      evaluation,
    ),
  );
}

/** `data` with every item of its list `key` changed. */
function changed(data: unknown, key: string, change: (item: unknown) => unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([own, value]: [string, unknown]) => [
      own,
      own === key && Array.isArray(value) ? value.map(change) : value,
    ]),
  );
}
