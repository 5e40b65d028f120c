import { createRequire } from 'node:module';

const libraries = ['onnxruntime-node', '@tensorflow/tfjs', '@tensorflow/tfjs-node'];

/** What would execute models here, without loading it: `onnxruntime-node 1.30.0`. A library that is not installed is left out. */
export function libraryVersions(): string[] {
  const require = createRequire(import.meta.url);
  return libraries.flatMap((name) => {
    try {
      const { version } = require(`${name}/package.json`) as { readonly version: string };
      return [`${name} ${version}`];
    } catch {
      return [];
    }
  });
}
