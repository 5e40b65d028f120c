import type { ClassicDashboard } from './classic-dashboard.js';
import { clusterDashboard } from './cluster-dashboard.js';
import { resultsDashboard } from './results-dashboard.js';

/** Every dashboard, by the name of its file in `dashboards/`. */
export const dashboards: Readonly<Record<string, () => ClassicDashboard>> = {
  'cluster.json': () => withPanelIds(clusterDashboard()),
  'results.json': () => withPanelIds(resultsDashboard()),
};

/** The folder of the built files, the same from `src` and from `dist`. */
export const dashboardFolder = new URL('../dashboards/', import.meta.url);

/** Gives panels ids that do not change, which links to panels need. The SDK leaves them out. */
function withPanelIds(dashboard: ClassicDashboard): ClassicDashboard {
  return { ...dashboard, panels: dashboard.panels?.map((panel, index) => ({ ...panel, id: index + 1 })) ?? [] };
}
