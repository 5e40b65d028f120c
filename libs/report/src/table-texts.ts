/** A table whose cells are texts already. */
export interface TableTexts {
  readonly columns: readonly {
    readonly title: string;
    readonly align: 'left' | 'right';
    /** The column may be left out if the table is too wide; the highest goes first. Absent: it stays. */
    readonly optional?: number;
    /** Columns with the same word are useful only side by side: all of them stay, or none. */
    readonly together?: string;
  }[];
  readonly rows: readonly (readonly string[])[];
  /** The same without intervals. */
  readonly shortRows?: readonly (readonly string[])[];
  /** Cells with the best value among comparable rows. */
  readonly best?: readonly (readonly boolean[])[];
  /** In plain text, cells of this many first columns are empty if they and those before are the same as in the line above. */
  readonly block?: number;
  /** In plain text, the section of each row, written on a line above its first row. */
  readonly sections?: readonly string[];
}
