import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectModelFile } from '@xaigrid/planning';
import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import { inspect, type InspectOptions } from '../src/commands/inspect.js';
import { inspectionText } from '../src/inspection-text.js';
import type { Terminal } from '../src/terminal.js';

const demoModel = fileURLToPath(new URL('../../../models/mnist1d-cnn/model.json', import.meta.url));

/** What the command writes to stdout. */
async function shown(path: string, options: InspectOptions = {}): Promise<string> {
  let text = '';
  const terminal: Terminal = {
    data: (part) => (text += part),
    note: () => undefined,
    colors: createColors(false),
    ...{ interactive: false, ask: undefined, tables: {}, page: () => Promise.resolve() },
    width: 100,
  };
  await inspect(terminal, path, options);
  return text;
}

describe('xaigrid inspect', () => {
  it('prints a line a layer, totals, and what can be computed', async () => {
    const text = await shown(demoModel);
    expect(text).toMatch(/^format {6}tfjs-layers/m);
    expect(text).toMatch(/^input {7}input: 40×1$/m);
    expect(text).toMatch(/^output .*: 10 classes, probabilities as the model gives them$/m);
    expect(text).toMatch(
      /^target {6}probability \(default\), or logit or log-probability: a Softmax makes probabilities of logits/m,
    );
    expect(text).toMatch(/^layer +kind +output +parameters +FLOP$/m);
    expect(text).toMatch(/^\S+ +Conv1D +40×\d+ +[\d,]+ +[\d.]+ k( +SISE)?$/m);
    expect(text).toMatch(/^total +[\d,]+ +[\d.]+ [kM]$/m);
    expect(text).toMatch(/^gradients {3}yes$/m);
    expect(text).toMatch(/^DeepLIFT {4}yes$/m);
  });

  it('prints all of it as JSON', async () => {
    const json = JSON.parse(await shown(demoModel, { json: true })) as { flops: number; layers: { flops: number }[] };
    expect(json).toMatchObject({
      format: 'tfjs-layers',
      input: { shape: [40, 1] },
      output: { classes: 10, ending: 'none' },
      logits: 'softmax',
    });
    expect(json.layers.reduce((sum, { flops }) => sum + flops, 0)).toBe(json.flops);
  });

  it('shows the names of modules beside the nodes of a PyTorch file, and only there', async () => {
    const { inspection } = await inspectModelFile({ path: demoModel }, process.cwd());
    expect(inspectionText(inspection)).not.toContain('module');
    const [first, ...others] = inspection.layers;
    if (first === undefined) throw new Error('The model has layers.');
    const layers = [{ ...first, name: 'node_add_1', modules: ['layer4', 'layer4.1'] }, ...others];
    const text = inspectionText({ ...inspection, layers });
    expect(text).toMatch(/^layer +module +kind +output +parameters +FLOP$/m);
    expect(text).toMatch(/^node_add_1 +layer4, layer4\.1 +Conv1D +40×\d+ +[\d,]+ +[\d.]+ k/m);
  });

  it('says why layers that share weights have more parameters than the total', async () => {
    const { inspection } = await inspectModelFile({ path: demoModel }, process.cwd());
    expect(inspectionText(inspection)).not.toContain('Parameters:');
    const twice = { ...inspection, layers: [...inspection.layers, ...inspection.layers.slice(0, 1)] };
    expect(inspectionText(twice)).toMatch(/^Parameters: weights that several layers share .* count once in the total\.$/m);
  });

  it('says that probabilities alone can be explained where the logits are not known', async () => {
    const { inspection } = await inspectModelFile({ path: demoModel }, process.cwd());
    const { logits, ...unknown } = inspection;
    expect(logits).toBe('softmax');
    expect(inspectionText(unknown)).toMatch(/^target {6}probability only: the model ends in no Softmax or sigmoid/m);
  });

  it('says what is added to logits', async () => {
    expect(await shown(demoModel, { output: 'logits' })).toMatch(/^output .*logits; a Softmax is added/m);
  });

  it.each<[string, string, InspectOptions, RegExp]>([
    ['a size that is none', demoModel, { inputShape: '40xx1' }, /--input-shape 40xx1: "" is not a whole number above 0/],
    ['a size in other digits', demoModel, { inputShape: '1e9x1' }, /"1e9" is not a whole number.* Write it as 224x224x3/],
    ['a fraction', demoModel, { inputShape: '40x1.5' }, /"1.5" is not a whole number above 0/],
    [
      'a size that does not fit',
      demoModel,
      { inputShape: '41x1' },
      /input is 40×1, channels last; the input shape 41×1 does not fit/,
    ],
    ['an output that there is not', demoModel, { output: 'odds' }, /no output "odds"\..*Its outputs: "\S+" \[n, 10\]/],
    ['a missing file', 'nowhere.onnx', {}, /There is no model file .*nowhere.onnx/],
  ])('refuses %s', async (_, path, options, message) => {
    await expect(shown(path, options)).rejects.toThrow(message);
  });

  it('refuses an ONNX file whose weights are outside its folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xaigrid-inspect-'));
    const path = join(folder, 'model.onnx');
    // ModelProto.graph { initializer { external_data { key: "location" value: "../../secret" } } }
    const entry = Buffer.concat([
      Buffer.from([0x0a, 8]),
      Buffer.from('location'),
      Buffer.from([0x12, 12]),
      Buffer.from('../../secret'),
    ]);
    const tensor = Buffer.concat([Buffer.from([0x6a, entry.length]), entry]);
    const graph = Buffer.concat([Buffer.from([0x2a, tensor.length]), tensor]);
    await writeFile(path, Buffer.concat([Buffer.from([0x3a, graph.length]), graph]));
    await expect(shown(path)).rejects.toThrow(/"..\/..\/secret" outside its folder/);
  });
});
