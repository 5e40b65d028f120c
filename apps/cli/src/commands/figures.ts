import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderPng, withFonts, type Figure, type ReportData } from '@xaigrid/report';
import { oneOf } from '../one-of.js';
import { withControl } from '../open-control.js';
import { commandLine } from '../hints.js';
import { makeNewFolder } from '../new-folder.js';
import { collectReport } from '@xaigrid/run-report';
import { drawingOptions, type DrawingOptions } from '../drawing-options.js';
import { whyNotThere } from '../run-state.js';
import type { Terminal } from '../terminal.js';

export interface FiguresOptions extends DrawingOptions {
  readonly format: string;
}

const formats = ['both', 'svg', 'png'] as const;

/** `xaigrid figures RUN DIR`: every picture of the run's report as files. Prints their names. */
export async function figures(
  terminal: Terminal,
  reference: string,
  named: string | undefined,
  options: FiguresOptions,
): Promise<void> {
  const format = oneOf(options.format, formats, '--format');
  const drawing = drawingOptions(options);
  await withControl(options, async (control) => {
    const run = await control.show(reference);
    const { id } = run;
    await control.evaluations(id, drawing.selection);
    const folder = named ?? `xaigrid-figures-${id}`;
    await makeNewFolder(folder);
    const data = await collectReport(control, [id], {
      ...{ onProgress: (line: string) => terminal.note(line), onePage: false },
      ...drawing,
      hint: (...words) => commandLine(options, ...words),
    });
    for (const note of notesOf(data)) terminal.note(note);
    if (data.rows.every(({ samples }) => samples === 0))
      terminal.note(`There are no scores to draw. ${whyNotThere(run, options)}`);
    for (const { name, svg } of namedFigures(data)) {
      if (format !== 'png') await write(terminal, join(folder, `${name}.svg`), withFonts(svg));
      if (format !== 'svg') await write(terminal, join(folder, `${name}.png`), renderPng(svg));
    }
  });
}

async function write(terminal: Terminal, file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(file, content);
  terminal.data(`${file}\n`);
}

/** All pictures of a report, with names that differ, also where letter case is ignored. */
function namedFigures({ models, results, gallery }: ReportData): Figure[] {
  const all = [
    ...models.flatMap((part) => part.figures),
    ...results.flatMap(({ figures: drawn, rankings }) => [...drawn, ...rankings.flatMap((part) => part.figures)]),
    ...gallery.flatMap(({ groups }) => groups.flatMap((group) => group.figures)),
  ];
  const taken = new Map<string, number>();
  return all.map((figure) => {
    const key = figure.name.toLowerCase();
    const count = (taken.get(key) ?? 0) + 1;
    taken.set(key, count);
    return count === 1 ? figure : { ...figure, name: `${figure.name}_${count}` };
  });
}

/** Notes about what the figures leave out. */
function notesOf({ results }: ReportData): string[] {
  return results.flatMap(({ title, rankings }) => [
    ...new Set(rankings.flatMap(({ chosen }) => (chosen.note === undefined ? [] : [`${title}: figures show ${chosen.note}`]))),
  ]);
}
