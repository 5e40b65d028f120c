// A thread that reads HDF5 files, one after the other.
import { parentPort } from 'node:worker_threads';
import { toXaigridError } from '@xaigrid/contracts';
import { libraryReady, withHdf5 } from './hdf5-file.js';
import { layouts, type Hdf5Contents } from './hdf5-layouts.js';

export interface Hdf5Request {
  readonly layout: keyof Hdf5Contents;
  readonly bytes: Uint8Array;
}

export type Hdf5Answer =
  | { readonly contents: Hdf5Contents[keyof Hdf5Contents] }
  | { readonly error: { readonly code: string; readonly message: string }; readonly broken: boolean };

parentPort?.on('message', ({ layout, bytes }: Hdf5Request) => {
  void withHdf5<Hdf5Contents[keyof Hdf5Contents]>(bytes, (file) => layouts[layout](file, bytes.length))
    .then((contents): Hdf5Answer => ({ contents }))
    .catch((error: unknown): Hdf5Answer => {
      const { code, message, cause } = toXaigridError(error);
      // An error of WebAssembly: memory out of bounds, or an abort. The library must not be used any more.
      return { error: { code, message }, broken: cause instanceof Error && cause.name === 'RuntimeError' };
    })
    .then((answer) => parentPort?.postMessage(answer));
});

// The first message says that the thread is ready. Each later message answers for one file.
await libraryReady();
parentPort?.postMessage('ready');
