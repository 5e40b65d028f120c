/** One picture, ready to be written to a file or put into a page. */
export interface Figure {
  /** What its file is called, without an ending: `roc-curves`. */
  readonly name: string;
  readonly title: string;
  /** What it shows, in words, for those who cannot see it. */
  readonly alt: string;
  /** A complete SVG document. Its text is set in `fontFamily`; see `withFonts`. */
  readonly svg: string;
}
