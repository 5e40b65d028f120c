import { mkdir, writeFile } from 'node:fs/promises';
import { dashboardFolder, dashboards } from './dashboards.js';
import { renderDashboard } from './render-dashboard.js';

await mkdir(dashboardFolder, { recursive: true });
for (const [file, build] of Object.entries(dashboards)) {
  await writeFile(new URL(file, dashboardFolder), await renderDashboard(build()));
}
