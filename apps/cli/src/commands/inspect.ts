import { layoutSchema, toXaigridError, XaigridError, type LayoutOption } from '@xaigrid/contracts';
import { assertReadRight, inspectModelFile } from '@xaigrid/planning';
import { fitLines } from '../fit-lines.js';
import { inspectionText } from '../inspection-text.js';
import type { Terminal } from '../terminal.js';

export interface InspectOptions {
  readonly inputShape?: string;
  readonly layout?: string;
  readonly output?: string;
  readonly multiLabel?: boolean;
  readonly json?: boolean;
}

/** `xaigrid inspect MODEL`: what a model consists of, what it costs, and what can be computed through it. */
export async function inspect(terminal: Terminal, path: string, options: InspectOptions): Promise<void> {
  const { inputShape, layout, output, multiLabel } = options;
  const { inspection, check } = await inspectModelFile(
    {
      path,
      ...(inputShape === undefined ? {} : { inputShape: shapeFrom(inputShape) }),
      ...(layout === undefined ? {} : { layout: layoutFrom(layout) }),
      ...(output === undefined ? {} : { output }),
      ...(multiLabel === undefined ? {} : { multiLabel }),
    },
    process.cwd(),
  );
  const tried = await check().catch((error: unknown) => toXaigridError(error));
  const shown = tried instanceof XaigridError ? inspection : { ...inspection, ...tried };
  const { width } = terminal.tables;
  if (options.json === true) terminal.data(`${JSON.stringify(shown, undefined, 2)}\n`);
  else terminal.data(fitLines(inspectionText(shown, width), width));
  if (tried instanceof XaigridError) throw tried;
  assertReadRight(path, inspection, tried.ownFile);
}

function layoutFrom(text: string): LayoutOption {
  const layout = layoutSchema.safeParse(text);
  if (layout.success) return layout.data;
  throw new XaigridError('USAGE', `--layout ${text}: expected ${layoutSchema.options.join(', ')}.`);
}

/** `224x224x3`, `224×224×3`, `224,224,3` */
function shapeFrom(text: string): number[] {
  const extents = text.split(/[x×,]/).map((extent) => extent.trim());
  const wrong = extents.find((extent) => !/^[1-9]\d*$/.test(extent));
  if (wrong === undefined) return extents.map(Number);
  throw new XaigridError(
    'USAGE',
    `--input-shape ${text}: "${wrong}" is not a whole number above 0, written in digits. Write it as 224x224x3, channels last.`,
  );
}
