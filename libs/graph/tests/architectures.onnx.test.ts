import { describe, expect, it } from 'vitest';
import { architectureFile, architectureGoldens, architectureInput } from './architectures/architecture.js';
import { runOnnx } from './reference/onnxruntime.js';

describe.each(architectureGoldens)('the file of $name', (golden) => {
  it('gives PyTorch’s probabilities in ONNX Runtime as it is', async () => {
    const file = architectureFile(golden.name);
    const values = await runOnnx(file, { input: architectureInput(golden) });
    const found = values.get('probabilities')?.data ?? [];
    golden.probabilities.forEach((p, i) => expect(Math.abs((found[i] ?? NaN) - p)).toBeLessThan(1e-5));
  });
});
