// Lets a worker thread run from TypeScript sources, as tests do; what is built does not need it. See hooks.mjs.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
