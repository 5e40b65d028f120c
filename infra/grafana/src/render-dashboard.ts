import type { ClassicDashboard } from './classic-dashboard.js';
import { format } from 'prettier';

/** The text of a dashboard's file, formatted by the repository's formatter. */
export function renderDashboard(dashboard: ClassicDashboard): Promise<string> {
  return format(JSON.stringify(dashboard), { parser: 'json', printWidth: 130 });
}
