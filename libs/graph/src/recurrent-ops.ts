/** Recurrent operators. They run over `[steps, n, features]`. */
export const recurrentOps: ReadonlySet<string> = new Set(['LSTM', 'GRU', 'RNN']);
