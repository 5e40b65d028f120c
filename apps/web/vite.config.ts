import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { operations } from '@xaigrid/contracts';

/**
 * The module `virtual:operations`: method and path of every operation of the API, from its one table. The page does not load the
 * schemas, which only the server needs at run time.
 */
function operationsModule(): Plugin {
  const name = 'virtual:operations';
  const routes = Object.fromEntries(Object.entries(operations).map(([id, { method, path }]) => [id, { method, path }]));
  return {
    name: 'operations',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? `export const routes = ${JSON.stringify(routes)};` : undefined),
  };
}

export default defineConfig({
  plugins: [react(), operationsModule()],
  build: {
    ...{ outDir: 'dist', assetsDir: 'assets', target: 'es2022', chunkSizeWarningLimit: 900, reportCompressedSize: true },
    // The licences of the libraries in the page. They are not served; they come with the npm package.
    license: { fileName: 'licenses.md' },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
});
