declare module 'virtual:operations' {
  export const routes: Readonly<Record<string, { readonly method: string; readonly path: string }>>;
}
