/** The spec that `xaigrid init` writes. It runs unchanged, and its comments say what can be changed. */
export function starterSpec(options: { readonly modelPath: string; readonly schemaPath: string }): string {
  return `# yaml-language-server: $schema=${options.schemaPath}
# A run spec of xaigrid. Compute it with: xaigrid run THIS_FILE
# \${VAR} and \${VAR:-default} are filled in from the environment. Within { } such a value needs quotes: { path: "\${MODELS}/cnn.onnx" }.
name: my-first-run

# The only source of randomness: the same seed gives the same maps, bit for bit.
seed: 0

# Try a few samples first: a random choice that keeps classes in proportion, by the seed. A larger limit later computes only what is new;
# remove the line for the whole test set. The first ones in place of a choice: limit: { samples: 200, choose: first }
limit: 200

# Adds maps that know nothing of the model (random, constant, edges) to every table: a method that does no better explains nothing.
# controls: true

datasets:
  # Ten classes of 40-point signals, made by a generator (nothing to download).
  mnist1d: { kind: mnist1d, split: test }
  mnist1d-train: { kind: mnist1d, split: train }
  # Your own arrays:
  # mine: { kind: npz, path: data.npz }

models:
  # Keras .keras or .h5, a TF.js model.json, or .onnx. Paths are relative to this file.
  cnn: { path: ${options.modelPath} }

evaluations:
  - dataset: mnist1d
    model: cnn
    explainers:
      # explainedClass: predicted (what the model says), label, or a class index.
      - { method: sise }
      - { method: shap-gradient, draws: 50, background: { dataset: mnist1d-train, size: 200 } }
      # A grid makes one evaluation for each combination of its values:
      # - { method: sise, grid: { gradientThreshold: [0, 0.25, 0.5] } }
    metrics:
      # Keep the given share of positions, replace the others, and see how the model's output changes.
      # More fractions later cost no new maps: they are stored.
      - { metric: drop-increase, keepFractions: [0.1, 0.3, 0.5, 0.7, 0.9], baseline: zero }
`;
}
