import { XaigridError } from '@xaigrid/contracts';

/* Apart from what loads the HDF5 library, which only its own thread needs. */

/** The first bytes of every HDF5 file. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export function looksLikeHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

export function unreadableHdf5(reason: string, cause?: unknown): XaigridError {
  return new XaigridError('MODEL_UNREADABLE', `The HDF5 model cannot be read: ${reason}.`, { cause });
}
