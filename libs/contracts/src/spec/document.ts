import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { XaigridError } from '../errors.js';

/** The way to a part of a spec: keys of objects and indices of lists. */
export type Path = readonly (string | number)[];

/** A spec file as it was read: plain data, and the line of each part. */
export interface SpecDocument {
  readonly data: unknown;
  /** ` (line 12)` for the part at `path`, or for its nearest known parent. Empty if no line is known. */
  position(path: Path): string;
}

/** 1 MiB: far more than any real spec has, and harmless to read. */
export const LARGEST_SPEC = 1_048_576;

/**
 * Reads YAML (JSON is YAML). The parser limits aliases; custom tags are not resolved.
 * @throws SPEC_UNREADABLE with the line of the first mistake.
 */
export function parseSpecDocument(text: string, source: string): SpecDocument {
  if (Buffer.byteLength(text) > LARGEST_SPEC) {
    throw new XaigridError(
      'SPEC_UNREADABLE',
      `${source} is larger than 1 MiB. A spec only names data; put the data into files of their own.`,
    );
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: true });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const sentence = mistake.message.split('\n')[0]?.replace(/:$/, '') ?? 'unknown mistake';
    const [place] = mistake.linePos ?? [];
    const line = place === undefined ? '' : (text.split('\n')[place.line - 1] ?? '');
    const wayOut = bareVariable(line) ?? 'Correct it and try again.';
    throw new XaigridError('SPEC_UNREADABLE', `${source} is not valid YAML: ${sentence}. ${wayOut}`);
  }
  return { data: toPlainData(document, source), position: (path) => positionOf(document, lineCounter, path) };
}

/**
 * Finds an unquoted variable on a line, as in `{ path: ${MODELS}/cnn.onnx }`: within braces or brackets YAML reads the variable's
 * closing brace as one of its own.
 */
function bareVariable(line: string): string | undefined {
  const outside = line.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '');
  const variable = /\$\{[^}\s]*\}[^,\s}\]]*/.exec(outside)?.[0];
  if (variable === undefined) return undefined;
  return `A value with a variable needs quotes within { } and [ ]: write "${variable}".`;
}

function toPlainData(document: Document.Parsed, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('SPEC_UNREADABLE', `${source} cannot be read: ${reason}.`, { cause: error });
  }
}

function positionOf(document: Document.Parsed, lineCounter: LineCounter, path: Path): string {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return ` (line ${lineCounter.linePos(offset).line})`;
  }
  return '';
}

/** The offset of the key at `path`, or of the value if it has no key (items of lists). */
function offsetOf(document: Document.Parsed, path: Path): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isNode(item.key) && String(item.key) === String(last));
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0];
  }
  const node: unknown = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}
