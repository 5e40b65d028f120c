const simple = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['a', '\x07'],
]);

/** The text of a quoted Python 2 string literal, `'it\'s\n'`; undefined when it is not quoted. */
export function unquoted(literal: string): string | undefined {
  const quote = literal[0];
  if (literal.length < 2 || (quote !== "'" && quote !== '"') || literal.at(-1) !== quote) return undefined;
  return literal.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[^])/g, (_, escape: string) => {
    if (/^x./.test(escape)) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    if (/^[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8) & 0xff);
    return simple.get(escape) ?? escape;
  });
}

/** Text in Python's `raw-unicode-escape`: only `\uXXXX` and `\UXXXXXXXX` are escapes. */
export function rawUnicode(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})/g, (_, short?: string, long?: string) =>
    String.fromCodePoint(Number.parseInt(short ?? long ?? '0', 16)),
  );
}

/** A Python whole number; undefined when the text is not one or has more than 20 digits. */
export function wholeNumber(text: string): number | bigint | undefined {
  return /^[+-]?\d{1,20}$/.test(text) ? narrowed(BigInt(text)) : undefined;
}

/** As a number if that is exact, otherwise as the bigint. */
export function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The value of a Python float's text, `repr(x)`. Undefined when it is not one. */
export function floatingNumber(text: string): number | undefined {
  if (/^[+-]?(?:inf|nan)$/.test(text)) return text.endsWith('nan') ? NaN : text.startsWith('-') ? -Infinity : Infinity;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}
