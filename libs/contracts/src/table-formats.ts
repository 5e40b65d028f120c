/** What a table of results is written as. */
export const tableFormats = ['table', 'json', 'csv', 'markdown', 'latex'] as const;
export type TableFormat = (typeof tableFormats)[number];
