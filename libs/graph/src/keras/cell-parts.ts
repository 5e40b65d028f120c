import { z } from 'zod';
import { storedNames } from './stored-names.js';

const cellSchema = z.object({ class_name: z.string(), config: z.record(z.string(), z.unknown()) });
const stackSchema = z.object({ cells: z.array(cellSchema) });

/** A cell of an RNN. */
interface CellPart {
  /** The part of the layer: `cell`, or `cell/cells/gru_cell`. */
  readonly part: string;
  readonly json: z.output<typeof cellSchema>;
}

/** The cells of an RNN in order: one, or those of StackedRNNCells. Empty if the configuration is invalid. */
export function cellParts(cell: unknown): readonly CellPart[] {
  const own = cellSchema.safeParse(cell);
  if (!own.success) return [];
  if (own.data.class_name !== 'StackedRNNCells') return [{ part: 'cell', json: own.data }];
  const { cells } = stackSchema.safeParse(own.data.config).data ?? { cells: [] };
  const names = storedNames(cells.map(({ class_name: className }) => ({ className, module: undefined })));
  return cells.map((json, index) => ({ part: `cell/cells/${names[index] ?? ''}`, json }));
}
