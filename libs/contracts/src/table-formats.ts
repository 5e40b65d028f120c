/** The formats in which a table of results is written. */
export const tableFormats = ['table', 'json', 'csv', 'markdown', 'latex'] as const;
export type TableFormat = (typeof tableFormats)[number];
