/** CRC-32 (ISO 3309), as PNG chunks carry it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const SIGNATURE_BYTES = 8;

/** A PNG with the checksums of its chunks made right, so that what is wrong in them reaches the decoder. */
export function withRightChecksums(png: Uint8Array): Uint8Array {
  const result = Uint8Array.from(png);
  const view = new DataView(result.buffer);
  for (let at = SIGNATURE_BYTES; at + 12 <= result.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > result.length) break;
    view.setUint32(end, crc32(result.subarray(at + 4, end)));
    at = end + 4;
  }
  return result;
}
