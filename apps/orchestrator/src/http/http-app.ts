import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { RunControl } from '@xaigrid/control';
import type { ArtifactRepository } from '@xaigrid/store';
import type { WorkQueue } from '@xaigrid/queue';
import type { Logger } from '@xaigrid/service';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { MetricsSource } from './metrics-source.js';
import type { ZodTypeProvider } from './zod-schemas.js';

/** The server with the types of our schemas. */
export type HttpApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What the API is made from. */
export interface HttpParts {
  readonly control: RunControl;
  readonly artifacts: Pick<ArtifactRepository, 'has' | 'putFile'>;
  readonly queue: Pick<WorkQueue, 'healthy' | 'depth' | 'deadLetters'>;
  readonly metrics: MetricsSource;
  readonly logger: Logger;
  /** Required of every request except to /healthz. Without one only this machine's own requests are answered. */
  readonly token?: string;
  /** Folder that files named by specs must lie in; without it a spec that names files is refused. */
  readonly specRoot?: string;
}
