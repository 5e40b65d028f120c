import { access, constants, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { pageStart, reportPage } from '@xaigrid/report';
import { commandLine } from '../hints.js';
import { withControl } from '../open-control.js';
import type { Terminal } from '../terminal.js';
import { collectReport } from '@xaigrid/run-report';
import { drawingOptions, type DrawingOptions } from '../drawing-options.js';

export interface ReportOptions extends DrawingOptions {
  readonly out?: string;
}

/** `xaigrid report RUN…`: one self-contained HTML page about one or several runs. Prints the file it wrote. */
export async function report(terminal: Terminal, references: readonly string[], options: ReportOptions): Promise<void> {
  const drawing = drawingOptions(options);
  await withControl(options, async (control) => {
    const ids = new Set<string>();
    for (const reference of references) ids.add((await control.show(reference)).id);
    const file = options.out ?? `xaigrid-report-${[...ids].join('-')}.html`;
    await requireReplaceable(file);
    await requireFolder(file);
    const data = await collectReport(control, [...ids], {
      ...{ onProgress: (line: string) => terminal.note(line), onePage: true },
      ...drawing,
      hint: (...words) => commandLine(options, ...words),
    });
    await writePage(file, reportPage(data));
    terminal.data(`${file}\n`);
  });
}

/** An earlier report may be replaced, for example after a run continued. Any other file must not be overwritten. */
async function requireReplaceable(file: string): Promise<void> {
  const former = await open(file).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw new XaigridError('USAGE', `${file} cannot be replaced. Choose another file with --out.`, { cause: error });
  });
  if (former === undefined) return;
  try {
    const { bytesRead, buffer } = await former.read(Buffer.alloc(pageStart.length), 0, pageStart.length, 0);
    if (bytesRead === 0 || buffer.toString('utf8', 0, bytesRead) === pageStart) return;
  } catch (error) {
    throw new XaigridError('USAGE', `${file} is not a file. Name a file with --out.`, { cause: error });
  } finally {
    await former.close();
  }
  throw new XaigridError('USAGE', `${file} exists and is not a report of xaigrid. Choose another file with --out.`);
}

/** Called before the work, which may take minutes. @throws FOLDER_UNWRITABLE if the page could not be written */
async function requireFolder(file: string): Promise<void> {
  const folder = dirname(resolve(file));
  await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    const why = isMissing(error) ? 'does not exist: make it' : 'cannot be written to';
    throw new XaigridError('FOLDER_UNWRITABLE', `The folder ${folder} ${why}, or choose another file with --out.`, {
      cause: error,
    });
  });
}

/** Writes the page completely or not at all. */
async function writePage(file: string, page: string): Promise<void> {
  const half = `${file}.${process.pid}.part`;
  try {
    await writeFile(half, page);
    await rename(half, file);
  } catch (error) {
    await rm(half, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('FOLDER_UNWRITABLE', `${file} cannot be written: ${reason}. Choose another file with --out.`, {
      cause: error,
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
