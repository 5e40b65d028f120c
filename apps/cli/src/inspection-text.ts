import { UNCONFIRMED, type InspectedModel, type Support } from '@xaigrid/planning';
import { shortText } from '@xaigrid/report';
import { scaled } from './quantities.js';

/** A layer: its name, module, kind, output, parameters, FLOP, and what explains it. */
type Row = readonly [string, string, string, string, string, string, string];

/** The columns of numbers. */
const NUMBERS = [4, 5];

/** Between two columns. */
const GAP = 2;
/** Names of layers are not shortened below this. */
const SHORTEST_NAME = 10;
/** Names of modules are shortened to this. */
const LONGEST_MODULES = 40;

/**
 * An inspection for people: a line a layer, the totals, and what can be computed.
 * @param width how long the lines of the layers may be: long names lose their middle
 */
export function inspectionText(inspection: InspectedModel, width = Infinity): string {
  const { format, producer, input, output, layers, saliencyLayers } = inspection;
  const all: Row[] = [
    ['layer', 'module', 'kind', 'output', 'parameters', 'FLOP', ''],
    ...layers.map(({ name, modules, kind, shape, parameters, flops, saliency }): Row => {
      const inside = shortText(modules.join(', '), LONGEST_MODULES);
      return [name, inside, kind, shape.join('×'), whole(parameters), scaled(flops, ''), saliency ? 'SISE' : ''];
    }),
    ...restRow(inspection),
    ['total', '', '', '', whole(inspection.parameters), scaled(inspection.flops, ''), ''],
  ];
  const widthsOf = (of: readonly Row[]): number[] =>
    [0, 1, 2, 3, 4, 5, 6].map((column) => Math.max(...of.map((row) => (row[column] ?? '').length)));
  // Files that are not from PyTorch have no modules.
  const shownColumns = layers.some(({ modules }) => modules.length > 0) ? [0, 1, 2, 3, 4, 5, 6] : [0, 2, 3, 4, 5, 6];
  const widest = widthsOf(all);
  const [names = 0, ...others] = shownColumns.map((column) => widest[column] ?? 0);
  const room = Math.max(SHORTEST_NAME, width - others.reduce((sum, each) => sum + each + GAP, 0));
  const rows = names <= room ? all : all.map(([name, ...cells]): Row => [shortText(name, room), ...cells]);
  const widths = widthsOf(rows);
  const lines = rows.map((row) =>
    shownColumns
      .map((column) => {
        const [cell, width = 0] = [row[column] ?? '', widths[column]];
        return NUMBERS.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(Math.max(...lines.map((line) => line.length)));
  return [
    `format      ${[format, producer].filter((part) => part !== undefined).join(', ')}`,
    `input       ${input.name}: ${input.shape.join('×')}`,
    ...layoutLines(input.layout),
    ...(input.featureNames === undefined ? [] : [`features    ${input.featureNames.join(', ')}`]),
    `output      ${output.file.name}: ${output.classes} classes, ${endingText(output)}`,
    `target      ${targetText(inspection.logits)}`,
    ...otherOutputs(output),
    '',
    ...[lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)].filter((line) => line !== undefined),
    '',
    'FLOP: floating-point operations for one sample; a multiply-add counts as two.',
    ...sharedNote(inspection),
    `SISE        ${saliencyLayers.length === 0 ? 'no layers: the model has no convolution' : saliencyLayers.join(', ')}`,
    `gradients   ${supportText(inspection.gradient)}`,
    `DeepLIFT    ${supportText(inspection.deepLift)}`,
    ...(inspection.alone === undefined ? [] : [`batches     one sample at a time: ${aloneText(inspection.alone)}`]),
    ...checkLines(inspection),
    '',
  ].join('\n');
}

/**
 * The row for what no layer has, if it is worth one: nodes whose output does not have the samples as its first axis, for example
 * in a recurrent layer. A Softmax that xaigrid added does not count.
 */
function restRow({ layers, parameters, flops }: InspectedModel): Row[] {
  const rest = {
    parameters: parameters - layers.reduce((sum, layer) => sum + layer.parameters, 0),
    flops: flops - layers.reduce((sum, layer) => sum + layer.flops, 0),
  };
  return rest.parameters <= 0 && rest.flops < flops / 100
    ? []
    : [['other nodes', '', '', '', whole(Math.max(0, rest.parameters)), scaled(rest.flops, ''), '']];
}

/** Why the parameters of the layers add up to more than their total. */
function sharedNote({ layers, parameters }: InspectedModel): string[] {
  const several = layers.reduce((sum, layer) => sum + layer.parameters, 0) > parameters;
  return several
    ? ['Parameters: weights that several layers share are shown for each of them, and count once in the total.']
    : [];
}

function layoutLines(layout: InspectedModel['input']['layout']): string[] {
  if (layout === undefined) return [];
  const guess = layout.certain || layout.said === true ? '' : ' (a guess; set layout if it is wrong)';
  return [`layout      ${layout.layout.replace('-', ' ')} in the file: ${layout.because}${guess}`];
}

type Output = InspectedModel['output'];

const endings: Readonly<Record<Output['ending'], string>> = {
  none: 'probabilities as the model gives them',
  softmax:
    'logits; a Softmax is added (set output: probabilities if they are probabilities, multiLabel: true if a sample may have several classes)',
  sigmoid: 'logits of classes that do not exclude each other; a Sigmoid is added',
  exp: 'log-probabilities; Exp is added',
  'two-classes-of-logit':
    '0 and 1, from one logit, the log-odds of class 1; a Sigmoid is added (set output: probabilities if it is a probability)',
  'two-classes-of-probability': '0 and 1, from one number, the probability of class 1',
};

function endingText({ ending, multiLabel }: Output): string {
  return multiLabel && ending === 'none' ? `${endings.none}, each by itself (multi-label)` : endings[ending];
}

/** The outputs that a method can explain. */
function targetText(logits: InspectedModel['logits']): string {
  if (logits === undefined) return 'probability only: the model ends in no Softmax or sigmoid, so its logits are not known';
  const by = { softmax: 'a Softmax', sigmoid: 'a sigmoid' }[logits];
  return `probability (default), or logit or log-probability: ${by} makes probabilities of logits, and maps of each differ`;
}

/** The other outputs of the file. */
function otherOutputs({ file }: Output): string[] {
  const others = file.outputs.filter(({ name }) => name !== file.name);
  return others.map(({ name, shape, classes }, index) => {
    const extents = shape === undefined ? '' : ` [${shape.map((extent) => extent ?? 'n').join(', ')}]`;
    const fits = classes === undefined ? 'does not have one number per class' : `not chosen; output: ${name} chooses it`;
    return (index === 0 ? 'others' : '').padEnd(12) + `${name}${extents}: ${fits}`;
  });
}

function aloneText({ because, node }: NonNullable<InspectedModel['alone']>): string {
  if (because === 'company')
    return `in node "${node?.name ?? ''}" (${node?.op ?? ''}) a sample's result depends on the others of its batch`;
  if (because === 'gradients') return 'its output can be differentiated only in this way';
  return 'the file contains the batch size of its export; exported with a dynamic batch it may be faster';
}

function supportText({ supported, nodes, reason }: Support): string {
  if (supported) return 'yes';
  if (nodes.length === 0) return `no: ${reason ?? 'unknown'}`;
  const ops = [...new Set(nodes.map(({ op }) => op))];
  const where = ops.map((op) => {
    const names = nodes.filter((node) => node.op === op).map(({ name }) => name);
    const shown = names.slice(0, 3).join(', ');
    return `${op} (${shown}${names.length > 3 ? `, and ${String(names.length - 3)} more` : ''})`;
  });
  return `no: there is no rule for ${where.join('; ')}`;
}

/** Results of checks of the model on a few random samples. */
function checkLines({ ownFile, derivative }: InspectedModel): string[] {
  return [
    ...(ownFile === undefined ? [] : [`check       ${ownFileText(ownFile)}`]),
    ...(derivative === undefined ? [] : [`slope       ${slopeText(derivative)}`]),
  ];
}

function ownFileText(check: NonNullable<InspectedModel['ownFile']>): string {
  switch (check.result) {
    case 'same':
      return `the same as its file by itself (${check.by}): ${check.samples} random samples, probabilities at most ${digits(check.largestDifference)} apart`;
    case 'differs':
      return `NOT the same as its file by itself (${check.by}): a probability of ${digits(check.byItself)} there, ${digits(check.inBatch)} here`;
    case 'unchecked':
      return `not compared with its file: ${check.reason} ${UNCONFIRMED}`;
  }
}

/** The slope along a direction at a sample. Bends of the model nearby (ReLU, MaxPool) make differences inexact. */
function slopeText({ byGradient, byDifferences, uncertainty, ...at }: NonNullable<InspectedModel['derivative']>): string {
  const where = `of class ${at.class} along one direction`;
  if (uncertainty > Math.abs(byGradient) / 10) return `${where}: too flat there to compare gradient and differences`;
  const apart = Math.abs(byGradient - byDifferences) / Math.max(Math.abs(byGradient), Math.abs(byDifferences));
  return `${where}: ${digits(byGradient)} by the gradient, ${digits(byDifferences)} by differences, ${digits(100 * apart)} % apart`;
}

const digits = (value: number): string => String(Number(value.toPrecision(3)));

const whole = (count: number): string => count.toLocaleString('en');
