/** A text as the name of a file on any system, without an ending: `cnn on mnist1d` becomes `cnn-on-mnist1d`. */
export function fileName(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return plain === '' ? 'figure' : plain.slice(0, 120);
}
