import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { dashboardFolder, dashboards } from './dashboards.js';
import { uploadDashboards } from './upload-dashboards.js';

const { GRAFANA_URL, GRAFANA_TOKEN } = process.env;
if (GRAFANA_URL === undefined || GRAFANA_TOKEN === undefined || !URL.canParse(GRAFANA_URL)) {
  process.stderr.write('Set GRAFANA_URL (http://host:3000) and GRAFANA_TOKEN (of a service account with the role Editor).\n');
  process.exitCode = 2;
} else {
  try {
    const read = async (file: string): Promise<object> =>
      z.looseObject({}).parse(JSON.parse(await readFile(new URL(file, dashboardFolder), 'utf8')));
    const files = await Promise.all(Object.keys(dashboards).map(read));
    const saved = await uploadDashboards(files, { url: GRAFANA_URL, token: GRAFANA_TOKEN });
    for (const { url, version } of saved) process.stdout.write(`${new URL(url, GRAFANA_URL).href} version ${version}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
