import type { CatalogOptions } from './commands/catalog.js';
import type { CompareOptions } from './commands/compare.js';
import type { DemoOptions } from './commands/demo.js';
import type { EditOptions } from './commands/edit.js';
import type { ExportOptions } from './commands/export.js';
import type { FiguresOptions } from './commands/figures.js';
import type { InspectOptions } from './commands/inspect.js';
import type { ResumeOptions, GarbageOptions } from './commands/lifecycle.js';
import type { ListOptions } from './commands/list.js';
import type { MapOptions } from './commands/map.js';
import type { MetricsOptions } from './commands/metrics.js';
import type { RankOptions } from './commands/rank.js';
import type { RemoveOptions } from './commands/remove.js';
import type { ReportOptions } from './commands/report.js';
import type { RunOptions } from './commands/run.js';
import type { ScoresOptions } from './commands/scores.js';
import type { ShowOptions } from './commands/show.js';
import type { ValidateOptions } from './commands/spec.js';
import type { TableOptions } from './commands/table.js';
import type { UiOptions } from './commands/ui.js';
import type { VerifyOptions } from './commands/verify.js';
import type { ControlOptions } from './control-options.js';

interface OptionsByCommand {
  catalog: CatalogOptions;
  validate: ValidateOptions;
  inspect: InspectOptions;
  run: RunOptions;
  demo: DemoOptions;
  resume: ResumeOptions;
  edit: EditOptions;
  remove: RemoveOptions;
  list: ListOptions;
  show: ShowOptions;
  table: TableOptions;
  compare: CompareOptions;
  rank: RankOptions;
  scores: ScoresOptions;
  map: MapOptions;
  metrics: MetricsOptions;
  report: ReportOptions;
  ui: UiOptions;
  figures: FiguresOptions;
  export: ExportOptions;
  verify: VerifyOptions;
  gc: GarbageOptions;
  doctor: ControlOptions & { readonly json?: boolean };
}

/** What commander collects for a command, as the option definitions in program/ have it. */
export type CollectedOptions<Name extends keyof OptionsByCommand> = OptionsByCommand[Name];
