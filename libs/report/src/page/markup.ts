/** Text that is HTML already. Only `html` and `trusted` make it. */
export interface Markup {
  readonly markup: string;
}

type Piece = Markup | string | number | undefined | readonly Piece[];

/** A template whose values are escaped unless they are markup. Lists are joined; undefined becomes nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return { markup: strings.map((text, at) => text + written(values[at])).join('') };
}

/** Marks HTML that this package makes itself as safe: style rules, and SVG whose texts are escaped. */
export function trusted(markup: string): Markup {
  return { markup };
}

function written(value: Piece): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  if ('markup' in value) return value.markup;
  return value.map(written).join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For text and quoted attributes. */
function escaped(text: string): string {
  return legal(text).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** The text with characters that HTML does not allow replaced by the replacement character. */
export function legal(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd');
}
