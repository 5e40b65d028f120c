/** The Python literals in the header of a .npy file. Tuples and lists become arrays. */
export type PythonLiteral = string | number | boolean | null | PythonLiteral[] | Map<string, PythonLiteral>;

const MAX_DEPTH = 8;
const token = /\s*(?:('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(-?\d+)L?|(True|False|None)\b|([()[\]{},:]))/y;
const keywords = new Map<string, boolean | null>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/**
 * Parses a literal made of strings, whole numbers, booleans, None, tuples, lists and dicts with string keys. Nothing is
 * evaluated.
 * @throws SyntaxError for anything else.
 */
export function parsePythonLiteral(text: string): PythonLiteral {
  const tokens = tokensOf(text.trimEnd());
  let next = 0;
  const value = literal(0);
  if (next !== tokens.length) throw new SyntaxError('text after the literal');
  return value;

  function literal(depth: number): PythonLiteral {
    if (depth > MAX_DEPTH) throw new SyntaxError('nested too deeply');
    const first = tokens[next++] ?? '';
    const keyword = keywords.get(first);
    if (keyword !== undefined) return keyword;
    if (first.startsWith("'") || first.startsWith('"')) return first.slice(1, -1);
    if (/^-?\d/.test(first)) return Number(first);
    if (first === '(') return items(')', depth);
    if (first === '[') return items(']', depth);
    if (first === '{') return entries(depth);
    throw new SyntaxError(`unexpected "${first}"`);
  }

  function items(end: string, depth: number): PythonLiteral[] {
    const list: PythonLiteral[] = [];
    while (!taken(end)) {
      list.push(literal(depth + 1));
      if (!taken(',')) {
        expect(end);
        break;
      }
    }
    return list;
  }

  function entries(depth: number): Map<string, PythonLiteral> {
    const dict = new Map<string, PythonLiteral>();
    while (!taken('}')) {
      const key = literal(depth + 1);
      if (typeof key !== 'string') throw new SyntaxError('a key that is not a string');
      expect(':');
      dict.set(key, literal(depth + 1));
      if (!taken(',')) {
        expect('}');
        break;
      }
    }
    return dict;
  }

  function taken(symbol: string): boolean {
    if (tokens[next] !== symbol) return false;
    next++;
    return true;
  }

  function expect(symbol: string): void {
    if (!taken(symbol)) throw new SyntaxError(`"${symbol}" is missing`);
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) throw new SyntaxError('an unknown character');
    tokens.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
  }
  return tokens;
}
