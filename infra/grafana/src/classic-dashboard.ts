/* eslint-disable @typescript-eslint/no-deprecated -- The SDK recommends the v2 schema, which older Grafanas do not read; the classic one is what file provisioning and /api/dashboards/db have taken since Grafana 5. */
import { DashboardBuilder, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

export type ClassicDashboard = Dashboard;

export function classicDashboard(title: string): DashboardBuilder {
  return new DashboardBuilder(title);
}
