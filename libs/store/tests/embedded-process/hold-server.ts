import { startEmbeddedPostgres } from '../../src/index.js';

/** Starts or attaches to the server of a folder, says so on stdout, and stops when told by a line on stdin or by SIGINT. */
const [, , , folder = ''] = process.argv;
const server = await startEmbeddedPostgres({ folder });
const stop = async (): Promise<void> => {
  await server.stop();
  process.exit(0);
};
process.once('SIGINT', () => void stop());
process.stdin.once('data', () => void stop());
process.stdout.write(`${JSON.stringify({ url: server.url, attached: server.attached })}\n`);
