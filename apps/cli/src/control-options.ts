/** Options every command that touches runs has. */
export interface ControlOptions {
  readonly server?: string;
  readonly token?: string;
  /** As it was typed; see `findStore` for what is meant without it. */
  readonly store?: string;
}
