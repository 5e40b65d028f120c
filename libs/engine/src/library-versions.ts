import { createRequire } from 'node:module';

const libraries = ['onnxruntime-node', '@tensorflow/tfjs', '@tensorflow/tfjs-node'];

/**
 * The libraries that would execute models here, without loading them: `onnxruntime-node 1.30.0`. Libraries that are not installed
 * are left out.
 */
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
