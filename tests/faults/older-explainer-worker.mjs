import './older-registries.mjs';
import '../../apps/explainer-worker/dist/main.js';
