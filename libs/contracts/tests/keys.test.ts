import { describe, expect, it } from 'vitest';
import { mapSetKey, predictionSetKey, scoreSetKey, type Device, type PlannedEvaluation } from '../src/index.js';

const hash = (digit: string): string => digit.repeat(64);

const evaluation: PlannedEvaluation = {
  dataset: {
    name: 'd',
    kind: 'mnist1d',
    params: {},
    files: [],
    fingerprint: hash('1'),
    size: 10,
    sampleShape: [40, 1],
    classNames: ['0'],
  },
  model: { name: 'm', format: 'onnx', files: [{ name: 'm.onnx', sha256: hash('2'), size: 1 }], fingerprint: hash('3') },
  engine: 'onnxruntime',
  explainer: { method: 'sise', version: 1, params: { layers: ['a'] }, files: [] },
  explainedClass: 'predicted',
  seed: 0,
  samples: 10,
  settings: [{ metric: 'drop-increase', version: 1, scoredClass: 'predicted', setting: { keepFraction: 0.3 } }],
  label: 'sise',
};

describe('mapSetKey', () => {
  const changes: [string, PlannedEvaluation][] = [
    ['the model', { ...evaluation, model: { ...evaluation.model, fingerprint: hash('4') } }],
    ['the data set', { ...evaluation, dataset: { ...evaluation.dataset, fingerprint: hash('4') } }],
    ['the engine', { ...evaluation, engine: 'tensorflow' }],
    ['the parameters', { ...evaluation, explainer: { ...evaluation.explainer, params: { layers: ['b'] } } }],
    ['the algorithm version', { ...evaluation, explainer: { ...evaluation.explainer, version: 2 } }],
    ['the explained class', { ...evaluation, explainedClass: 0 }],
    ['the seed', { ...evaluation, seed: 1 }],
  ];

  it.each(changes)('changes with %s', (_what, changed) => {
    expect(mapSetKey(changed)).not.toBe(mapSetKey(evaluation));
  });

  const on = (
    engine: PlannedEvaluation['engine'],
    backend: 'native' | 'wasm' | 'cpu',
    version = 'x 1.0.0',
  ): PlannedEvaluation => ({
    ...evaluation,
    engine,
    computedBy: { version, backend, device: 'cpu' },
  });

  it.each([mapSetKey, predictionSetKey])('tells the backends of the engine tensorflow apart (%o)', (keyOf) => {
    expect(keyOf(on('tensorflow', 'native'))).not.toBe(keyOf(on('tensorflow', 'wasm')));
    expect(keyOf(on('tensorflow', 'wasm', 'x 1.0.1'))).toBe(keyOf(on('tensorflow', 'wasm')));
  });

  it('of the default engine is that of versions that did not know of backends', () => {
    expect(mapSetKey(on('onnxruntime', 'cpu'))).toBe(mapSetKey(evaluation));
    expect(predictionSetKey(on('onnxruntime', 'cpu'))).toBe(predictionSetKey(evaluation));
  });

  it.each([mapSetKey, predictionSetKey])('has the device, unless it is the processor (%o)', (keyOf) => {
    const onDevice = (device: Device): PlannedEvaluation => ({
      ...evaluation,
      computedBy: { version: 'x 1.0.0', backend: 'cpu', device },
    });
    expect(keyOf(onDevice('cpu'))).toBe(keyOf(evaluation));
    expect(new Set([keyOf(evaluation), keyOf(onDevice('webgpu')), keyOf(onDevice('cuda'))]).size).toBe(3);
  });

  it('does not change with names, the number of samples, or the settings scored', () => {
    const renamed: PlannedEvaluation = {
      ...evaluation,
      samples: 5,
      label: 'other',
      settings: [],
      dataset: { ...evaluation.dataset, name: 'other' },
      model: { ...evaluation.model, name: 'other' },
    };
    expect(mapSetKey(renamed)).toBe(mapSetKey(evaluation));
  });
});

describe('predictionSetKey', () => {
  it('is shared by explainers of the same model and data', () => {
    const other = { ...evaluation, explainer: { ...evaluation.explainer, method: 'shap-deep' }, explainedClass: 3 };
    expect(predictionSetKey(other)).toBe(predictionSetKey(evaluation));
  });
});

describe('scoreSetKey', () => {
  it('changes with the maps, the setting and the scored class', () => {
    const [setting] = evaluation.settings;
    if (setting === undefined) throw new Error('The example has a setting.');
    const keys = [
      scoreSetKey(hash('5'), setting),
      scoreSetKey(hash('6'), setting),
      scoreSetKey(hash('5'), { ...setting, setting: { keepFraction: 0.5 } }),
      scoreSetKey(hash('5'), { ...setting, scoredClass: 'label' }),
    ];
    expect(new Set(keys).size).toBe(4);
  });

  it('changes with the regions that the scores depend on, and maps do not', () => {
    const [setting] = evaluation.settings;
    if (setting === undefined) throw new Error('The example has a setting.');
    const keys = [
      scoreSetKey(hash('5'), setting),
      scoreSetKey(hash('5'), { ...setting, regions: hash('1') }),
      scoreSetKey(hash('5'), { ...setting, regions: hash('2') }),
    ];
    expect(new Set(keys).size).toBe(3);
    const { dataset } = evaluation;
    const withRegions = { ...evaluation, dataset: { ...dataset, regions: true, regionsFingerprint: hash('1') } };
    expect(mapSetKey(withRegions)).toBe(mapSetKey(evaluation));
    expect(predictionSetKey(withRegions)).toBe(predictionSetKey(evaluation));
  });
});
