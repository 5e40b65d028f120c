/** What lets styles in that components add: the page’s own, from its server. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';
