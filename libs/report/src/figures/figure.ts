/** One picture, ready to be written to a file or put into a page. */
export interface Figure {
  /** The name of its file, without an ending: `roc-curves`. */
  readonly name: string;
  readonly title: string;
  /** A description in words, for people who cannot see it. */
  readonly alt: string;
  /** A complete SVG document. Its text is set in `fontFamily`; see `withFonts`. */
  readonly svg: string;
}
