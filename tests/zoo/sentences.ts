/** The first sentence, without the names that are another file's and another node's. */
export function short(said: string): string {
  const [sentence = ''] = said.replace(/^[A-Z_]+: /, '').split(/(?<=[a-z)"\]]\.) /);
  const general = sentence
    .replace(/^Model "[^"]*": /, '')
    .replace(/[Nn]ode "[^"]*"/, 'a node')
    .replace(/ to ONNX opset version \d+/, '')
    .replace(/Load model from \S+ failed:/, '')
    .replace(/ with name=.*$/s, '')
    // Of a path its file.
    .replace(/(?<=^|\s)\/(?:[^\s/]+\/)+/g, '')
    // The new exporter colours what it says.
    // eslint-disable-next-line no-control-regex
    .replace(/\u001b\[\d*m/g, '');
  const plain = general.replaceAll('|', '\\|').replaceAll('<', '\\<').replaceAll('_', '\\_').replaceAll('*', '\\*');
  return plain.length > 240 ? `${plain.slice(0, 240)}…` : plain;
}
