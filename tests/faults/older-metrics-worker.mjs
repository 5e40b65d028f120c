import './older-registries.mjs';
import '../../apps/metrics-worker/dist/main.js';
