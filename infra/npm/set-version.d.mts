/** Files that repeat the version of the repository, each with the texts around it; `VERSION` stands for the version. */
export const places: readonly (readonly [path: string, texts: readonly string[]])[];
