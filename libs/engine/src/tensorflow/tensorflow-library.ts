/** TensorFlow.js as its umbrella package exports it. `@tensorflow/tfjs-node` exports the same and a native backend. */
export type TensorFlow = typeof import('@tensorflow/tfjs');
