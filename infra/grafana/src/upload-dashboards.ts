import { z } from 'zod';

export interface UploadOptions {
  /** The address of Grafana, with its path prefix if it has one. */
  readonly url: string;
  /** The token of a service account that may write dashboards and folders. */
  readonly token: string;
  /** The folder of the dashboards. It is made if it is missing. */
  readonly folder?: { readonly uid: string; readonly title: string };
  readonly timeoutMs?: number;
}

const savedSchema = z.object({ uid: z.string(), url: z.string(), version: z.number() });
export type SavedDashboard = z.infer<typeof savedSchema>;

const refusalSchema = z.object({ message: z.string() });

/**
 * Saves dashboards over Grafana's HTTP API. Dashboards with the same uid are replaced.
 * @throws Error with one sentence: where, what Grafana said, and what to do
 */
export async function uploadDashboards(dashboards: readonly object[], options: UploadOptions): Promise<SavedDashboard[]> {
  const { folder = { uid: 'xaigrid', title: 'xaigrid' } } = options;
  if ((await call(options, 'GET', `api/folders/${folder.uid}`)).status === 404) {
    await accepted(options, await call(options, 'POST', 'api/folders', folder));
  }
  const saved: SavedDashboard[] = [];
  for (const dashboard of dashboards) {
    // A new dashboard must not have the id that it had elsewhere.
    const body = { dashboard: { ...dashboard, id: null }, folderUid: folder.uid, overwrite: true, message: 'xaigrid' };
    const answer = await accepted(options, await call(options, 'POST', 'api/dashboards/db', body));
    saved.push(savedSchema.parse(await answer.json()));
  }
  return saved;
}

async function call(
  { url, token, timeoutMs = 30_000 }: UploadOptions,
  method: string,
  path: string,
  body?: object,
): Promise<Response> {
  const address = new URL(path, url.endsWith('/') ? url : `${url}/`);
  try {
    return await fetch(address, {
      method,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // Following a redirect would send the token to its target.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw new Error(`Grafana at ${address.origin} does not answer; check GRAFANA_URL.`, { cause });
  }
}

async function accepted({ url }: UploadOptions, answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  const refusal = refusalSchema.safeParse(await answer.json().catch(() => undefined));
  const why = refusal.success ? refusal.data.message : answer.statusText;
  const advice =
    answer.status === 401 || answer.status === 403
      ? 'Set GRAFANA_TOKEN to the token of a service account with the role Editor.'
      : 'See the log of Grafana.';
  throw new Error(`Grafana at ${new URL(url).origin} refused (${answer.status}: ${why}). ${advice}`);
}
