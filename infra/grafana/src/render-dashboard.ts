import type { ClassicDashboard } from './classic-dashboard.js';
import { format } from 'prettier';

/** The text of a dashboard's file, laid out as the repository's formatter wants it. */
export function renderDashboard(dashboard: ClassicDashboard): Promise<string> {
  return format(JSON.stringify(dashboard), { parser: 'json', printWidth: 130 });
}
