// Run by tests as a process of its own: takes tasks of stage `explain`, says so on stdout, and never finishes them.
import { createJetStreamQueue } from '../src/index.js';

const [server = '', prefix = '', ackWaitMs = ''] = process.argv.slice(2);
const queue = await createJetStreamQueue({ servers: server, name: 'a worker that dies', prefix, ackWaitMs: Number(ackWaitMs) });
await queue.consume({
  stage: 'explain',
  concurrency: 1,
  handle: ({ task, attempt, signal }) => {
    process.stdout.write(`took ${task.shardId} ${attempt}\n`);
    signal.addEventListener('abort', () => process.stdout.write(`lost ${task.shardId}\n`));
    return new Promise(() => undefined);
  },
  onDeadLetter: () => Promise.resolve(),
});
