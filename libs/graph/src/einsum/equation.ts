import { XaigridError } from '@xaigrid/contracts';
import { textOf } from '../attributes.js';
import type { GraphNode, Shape } from '../graph.js';

/** The equation of an Einsum with one label per axis: `bij,bjk->bik` is [[b, i, j], [b, j, k]] → [b, i, k]. */
export interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/**
 * Parses the equation of a node.
 * @throws MODEL_UNREADABLE for an equation that does not fit the operands, MODEL_UNSUPPORTED for a diagonal
 */
export function equationOf(node: GraphNode, shapes: readonly Shape[]): Equation {
  const text = textOf(node, 'equation', '').replaceAll(/\s/g, '');
  const [left = '', right] = text.split('->');
  const terms = left.split(',');
  const wrong = () =>
    new XaigridError(
      'MODEL_UNREADABLE',
      `Node "${node.name}" (Einsum) has the equation "${text}", which does not fit what it reads.`,
    );
  if (terms.length !== shapes.length) throw wrong();
  // "..." stands for the axes without a letter. They are aligned at their last axis in all operands.
  const unnamed = terms.map((term, index) => (shapes[index]?.length ?? 0) - term.replace('...', '').length);
  const widest = Math.max(0, ...unnamed.filter((_, index) => terms[index]?.includes('...') === true));
  const spread = (term: string, count: number): string[] =>
    term
      .split('...')
      .flatMap((letters, part) => [
        ...(part === 0 ? [] : Array.from({ length: count }, (_, axis) => `…${String(widest - count + axis)}`)),
        ...Array.from(letters),
      ]);
  const operands = terms.map((term, index) => spread(term, Math.max(0, unnamed[index] ?? 0)));
  if (operands.some((labels, index) => labels.length !== shapes[index]?.length)) throw wrong();
  if (operands.some((labels) => new Set(labels).size < labels.length)) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Node "${node.name}" (Einsum) takes a diagonal ("${text}"), which is not supported.`,
    );
  }
  const all = operands.flat();
  const once = [...new Set(all)].filter((label) => !label.startsWith('…') && all.filter((own) => own === label).length === 1);
  const output = right === undefined ? [...spread('...', widest), ...once.sort()] : spread(right, widest);
  if (output.some((label) => !all.includes(label)) || new Set(output).size < output.length) throw wrong();
  return { operands, output };
}

/** The extent of each label, `null` if it is not known before the run. An extent of 1 is repeated as needed. */
export function extentsOfLabels({ operands }: Equation, shapes: readonly Shape[]): ReadonlyMap<string, number | null> {
  const extents = new Map<string, number | null>();
  operands.forEach((labels, index) => {
    labels.forEach((label, axis) => {
      const [own, known] = [shapes[index]?.[axis] ?? null, extents.get(label)];
      if (known === undefined || known === 1 || (known === null && own !== 1)) extents.set(label, own);
    });
  });
  return extents;
}
