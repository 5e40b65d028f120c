import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { tableProblem, type Cell, type Table, type TableRow } from './table.js';

const objectSchema = z.record(z.string(), z.custom<Cell>());

/**
 * Opens JSON lines: one object per line, whose keys are the columns. The first line names all columns.
 * @throws DATASET_UNREADABLE for an empty file, and for a line that is no object
 */
export async function openJsonLinesTable(path: string, { name }: { readonly name: string }): Promise<Table> {
  const beginning = readObjects(path, name);
  const { value: first } = await beginning.next();
  await beginning.return();
  if (first === undefined) throw tableProblem(`${name} is empty`);
  const columns = Object.keys(first.object);
  return {
    name,
    columns,
    async *rows(positions, { start, end } = { start: 0, end: Infinity }) {
      let index = 0;
      for await (const { line, object } of readObjects(path, name)) {
        if (index >= end) return;
        const cells = (): Cell[] => positions.map((at) => object[columns[at] ?? '']);
        if (index >= start) yield { place: `line ${line}`, index, cells: cells() } satisfies TableRow;
        index += 1;
      }
    },
  };
}

interface FoundObject {
  readonly line: number;
  readonly object: Readonly<Record<string, Cell>>;
}

async function* readObjects(path: string, name: string): AsyncGenerator<FoundObject, void, undefined> {
  const file = createReadStream(path, { encoding: 'utf8' });
  let line = 0;
  try {
    for await (const text of createInterface({ input: file, crlfDelay: Infinity })) {
      line += 1;
      const content = line === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text;
      if (content.trim() === '') continue;
      yield { line, object: objectIn(content, `${name} has in line ${line}`) };
    }
  } finally {
    file.destroy();
  }
}

function objectIn(text: string, place: string): Readonly<Record<string, Cell>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw tableProblem(`${place} no JSON (${error instanceof Error ? error.message : String(error)})`, { cause: error });
  }
  const { success, data } = objectSchema.safeParse(parsed);
  if (!success || Array.isArray(parsed)) throw tableProblem(`${place} no JSON object: each line is one, {"column": value, …}`);
  return data;
}
