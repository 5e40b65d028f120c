import { didYouMean, XaigridError } from '@xaigrid/contracts';
import type { OutputValues } from './ending.js';
import type { Shape } from './graph.js';

/** What a spec may say about a model's output: which output of the file it is, what its numbers are, or both. */
export type OutputOption = string | { readonly name?: string | undefined; readonly values?: OutputValues | undefined };

/** One of a file's outputs. */
export interface FileOutput {
  readonly name: string;
  /** The shape with the batch, as in the file. Undefined if operations before it are not supported. */
  readonly shape: Shape | undefined;
  /** The number of classes, if the output has one number per class and sample. Otherwise undefined. */
  readonly classes: number | undefined;
}

/** The output that explanations are about. */
export interface ChosenOutput extends FileOutput {
  readonly classes: number;
  /** What the numbers are, if the spec says so. */
  readonly values?: OutputValues;
  /** Whether the choice would differ if the spec did not name the output. */
  readonly byName: boolean;
}

/**
 * Chooses the output that explanations are about: the named one, or the only one with one number per class. `logits` and
 * `probabilities` say what the numbers are; they also name the output with that name, if there is one.
 * @param what the file's format in messages: `ONNX`
 * @throws SPEC_INVALID for a name that no output has, MODEL_UNSUPPORTED if no output or several outputs fit; both list the
 * outputs
 */
export function chooseOutput(outputs: readonly FileOutput[], option: OutputOption | undefined, what: string): ChosenOutput {
  const names = outputs.map((output) => output.name);
  const { name, values } = asked(names, option);
  const fitting = outputs.filter(({ classes }) => classes !== undefined);
  // An output [n] is one number per sample. Beside an output [n, classes] it is something else: an index, a loss.
  const rows = fitting.filter(({ shape = [] }) => shape.length > 1);
  const usual = rows.length > 0 ? rows : fitting;
  const chosen = name === undefined ? usual[0] : outputs.find((output) => output.name === name);
  if (chosen === undefined && name !== undefined) {
    throw new XaigridError(
      'SPEC_INVALID',
      `The model has no output "${name}".${didYouMean(name, names)} ${listed(outputs)} \`output\` is one of these names, or logits or probabilities.`,
    );
  }
  if (name === undefined && usual.length > 1) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ${what} model has ${outputs.length} outputs, of which ${usual.length} could be the classes'. ${listed(outputs)} Choose one by name, for example \`output: ${usual[0]?.name ?? ''}\`.`,
    );
  }
  if (chosen?.classes === undefined) {
    const which = chosen === undefined ? 'none of its outputs is' : `its output "${chosen.name}" is not`;
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ${what} model must have an output [n, classes] with one number per class; ${which}. ${listed(outputs)}`,
    );
  }
  const said = values === undefined ? {} : { values };
  return { ...chosen, classes: chosen.classes, ...said, byName: usual.length !== 1 || usual[0] !== chosen };
}

/** The output that the option names, and what its numbers are according to the option. */
export function asked(
  names: readonly string[],
  option: OutputOption | undefined,
): { readonly name?: string | undefined; readonly values?: OutputValues | undefined } {
  if (typeof option !== 'string') return option ?? {};
  if (option !== 'logits' && option !== 'probabilities') return { name: option };
  return names.includes(option) ? { name: option, values: option } : { values: option };
}

function listed(outputs: readonly FileOutput[]): string {
  const each = outputs.map(({ name, shape, classes }) => {
    const extents = shape === undefined ? ', not supported' : ` [${shape.map((extent) => extent ?? 'n').join(', ')}]`;
    return `"${name}"${extents}${shape === undefined || classes !== undefined ? '' : ', does not fit'}`;
  });
  return `Its outputs: ${each.join('; ')}.`;
}
