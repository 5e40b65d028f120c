/** A table whose cells are texts already. */
export interface TableTexts {
  readonly columns: readonly {
    readonly title: string;
    readonly align: 'left' | 'right';
    /** The column may be left out where the table is too wide; the highest goes first. Absent: it stays. */
    readonly optional?: number;
    /** Columns of one word say something only side by side: all of them stay, or none. */
    readonly together?: string;
  }[];
  readonly rows: readonly (readonly string[])[];
  /** The same without intervals. */
  readonly shortRows?: readonly (readonly string[])[];
  /** Cells that are the best of those they can be compared with. */
  readonly best?: readonly (readonly boolean[])[];
  /** In plain text, cells of so many first columns are left empty where they and those before say the same as in the line above. */
  readonly block?: number;
  /** In plain text, what each row belongs to: a line of its own above the first. */
  readonly sections?: readonly string[];
}
