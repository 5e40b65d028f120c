import type { Engine } from '../../src/index.js';
import { createEngine } from '../../src/index.js';
import type { KerasModel } from './keras-models.js';
import { readTestModel } from './read-test-model.js';

/** The ways a port method can be executed; the conformance suite runs on all of them. */
export const engineKinds = ['onnxruntime', 'tensorflow', 'onnxruntime in a thread'] as const;
export type EngineKind = (typeof engineKinds)[number];

const open = new Map<string, Promise<Engine>>();

/** An engine of this kind for this model, made once a test file. */
export function engineFor(kind: EngineKind, model: KerasModel): Promise<Engine> {
  const key = `${kind} ${model.name}`;
  const known = open.get(key);
  if (known !== undefined) return known;
  const made = readTestModel(model).then((read) =>
    createEngine({
      model: read,
      name: kind === 'tensorflow' ? 'tensorflow' : 'onnxruntime',
      threads: 1,
      isolate: kind === 'onnxruntime in a thread',
    }),
  );
  open.set(key, made);
  return made;
}

export async function closeEngines(): Promise<void> {
  const engines = [...open.values()];
  open.clear();
  await Promise.all(engines.map(async (engine) => (await engine).close()));
}
