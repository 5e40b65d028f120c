import type { FiguresOptions } from './commands/figures.js';
import type { InspectOptions } from './commands/inspect.js';
import type { ResumeOptions, GarbageOptions } from './commands/lifecycle.js';
import type { MapOptions } from './commands/map.js';
import type { MetricsOptions } from './commands/metrics.js';
import type { CompareOptions, ListOptions, ScoresOptions } from './commands/query.js';
import type { ReportOptions } from './commands/report.js';
import type { RunOptions } from './commands/run.js';
import type { ControlOptions } from './open-control.js';

interface OptionsByCommand {
  inspect: InspectOptions;
  run: RunOptions;
  resume: ResumeOptions;
  list: ListOptions;
  show: ControlOptions & { readonly json?: boolean };
  table: ControlOptions & { readonly format: string };
  compare: CompareOptions;
  scores: ScoresOptions;
  map: MapOptions;
  metrics: MetricsOptions;
  report: ReportOptions;
  figures: FiguresOptions;
  gc: GarbageOptions;
  doctor: ControlOptions & { readonly json?: boolean };
}

/** What commander collects for a command, as the option definitions in program.ts have it. */
export type CollectedOptions<Name extends keyof OptionsByCommand> = OptionsByCommand[Name];
