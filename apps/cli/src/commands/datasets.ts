import { fetchDataset, publishedDataset, publishedDatasets } from '@xaigrid/datasets';
import { catalogue } from '@xaigrid/planning';
import { listenForShutdown } from '@xaigrid/service';
import { SingleBar, Presets } from 'cli-progress';
import { fitLines } from '../fit-lines.js';
import { parameterLines } from '../parameter-lines.js';
import type { Terminal } from '../terminal.js';

/** `xaigrid datasets list`: the kinds with their parameters, then what can be fetched. */
export function listDatasets(terminal: Terminal, options: { readonly json?: boolean }): void {
  const kinds = catalogue().datasets.map(({ name: kind, parameters: params }) => ({ kind, params }));
  if (options.json === true) {
    terminal.data(`${JSON.stringify({ kinds, published: publishedDatasets }, undefined, 2)}\n`);
    return;
  }
  const lines = kinds.flatMap(({ kind, params }) => [kind, ...parameterLines(params)]);
  const published = publishedDatasets.map(({ name, title, licence }) => `  ${name}  ${title}, ${licence}`);
  terminal.data(fitLines([...lines, '', 'to fetch', ...published, ''].join('\n'), terminal.tables.width));
}

/** `xaigrid datasets fetch NAME`: a published set as a folder for `image-folder`. Prints the folder. */
export async function fetchPublished(
  terminal: Terminal,
  name: string,
  options: { readonly to?: string; readonly url?: string },
): Promise<void> {
  const published = publishedDataset(name);
  const { to = name, url } = options;
  const progress = createDownloadProgress(terminal);
  const shutdown = listenForShutdown();
  terminal.note(`${published.title}\n${published.licence}. ${published.citation}`);
  try {
    const fetched = await fetchDataset(published, {
      ...{ to, onProgress: progress.update, signal: shutdown.drain },
      ...(url === undefined ? {} : { url }),
    });
    progress.stop();
    terminal.note(
      fetched.already
        ? `${fetched.images} images of ${fetched.classes} classes were downloaded before.`
        : `${fetched.images} images of ${fetched.classes} classes. In a spec: { kind: image-folder, path: ${to} }`,
    );
    terminal.data(`${fetched.folder}\n`);
  } finally {
    progress.stop();
    shutdown.dispose();
  }
}

interface DownloadProgress {
  readonly update: (bytes: number, total: number | undefined) => void;
  readonly stop: () => void;
}

const mebibyte = 2 ** 20;

/** A bar on a terminal; otherwise a line for every tenth. */
function createDownloadProgress(terminal: Terminal): DownloadProgress {
  const bar = new SingleBar(
    { format: '{bar} {percentage} %  {value}/{total} MiB  {eta_formatted} left', stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  let tenth = 0;
  return {
    update(bytes, total) {
      const done = Math.floor(bytes / mebibyte);
      if (terminal.interactive && total !== undefined) {
        if (bar.isActive) bar.update(done);
        else bar.start(Math.ceil(total / mebibyte), done);
        return;
      }
      const reached = total === undefined ? done / 25 : (10 * bytes) / total;
      if (Math.floor(reached) <= tenth) return;
      tenth = Math.floor(reached);
      terminal.note(total === undefined ? `${done} MiB` : `${done} of ${Math.ceil(total / mebibyte)} MiB`);
    },
    stop() {
      bar.stop();
    },
  };
}
