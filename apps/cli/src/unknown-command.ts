/** A hint for an unknown command that looks like a request for the methods or metrics; undefined for any other. */
export async function wayOut(command: string): Promise<string | undefined> {
  if (!/^(?:methods?|explainers?|metric)$/i.test(command)) return undefined;
  const { explainers, metrics } = (await import('@xaigrid/planning')).registries;
  return [
    `Methods: ${explainers.map(({ method }) => method).join(', ')}.`,
    `Metrics: ${metrics.map(({ metric }) => metric).join(', ')}.`,
    'xaigrid catalog NAME describes one of them; docs/methods.md and docs/metrics.md say what they compute.',
  ].join('\n');
}
