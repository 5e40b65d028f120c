import { Readable } from 'node:stream';
import { LARGEST_ARTIFACT, XaigridError, artifactAnswerSchema, sha256 } from '@xaigrid/contracts';
import { z } from 'zod';
import type { HttpApp, HttpParts } from '../http-app.js';
import type { UploadFolder } from '../upload-folder.js';

const artifactParamsSchema = z.object({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits')
    .meta({ description: 'The SHA-256 of the file.', examples: [sha256('')] }),
});

/** Files that runs need, by their content. */
export function addArtifactRoutes(parent: HttpApp, { artifacts }: HttpParts, uploads: UploadFolder): void {
  // A scope of its own, because only here a body is passed on as it comes.
  void parent.register((app: HttpApp, _options, done) => {
    app.addContentTypeParser('application/octet-stream', (_request, payload, parsed) => {
      parsed(null, payload);
    });

    app.head(
      '/v1/artifacts/:sha256',
      {
        config: { onlyHead: true },
        schema: {
          ...{ operationId: 'hasArtifact', tags: ['artifacts'], summary: 'Whether a file is stored: 200 or 404.' },
          ...{ params: artifactParamsSchema, response: { 200: z.null(), 404: z.null() } },
        },
      },
      async (request, reply) => {
        const found = await artifacts.has(request.params.sha256);
        return reply.code(found ? 200 : 404).send(null);
      },
    );

    app.put(
      '/v1/artifacts/:sha256',
      {
        bodyLimit: LARGEST_ARTIFACT,
        schema: {
          ...{ operationId: 'putArtifact', tags: ['artifacts'], summary: 'Stores a file of at most 2 GiB under its hash.' },
          params: artifactParamsSchema,
          body: { content: { 'application/octet-stream': { schema: z.unknown().meta({ type: 'string', format: 'binary' }) } } },
          response: { 200: artifactAnswerSchema, 201: artifactAnswerSchema },
        },
      },
      async (request, reply) => {
        const { sha256 } = request.params;
        if (!(request.body instanceof Readable)) {
          throw new XaigridError(
            'REQUEST_INVALID',
            'The body must be the file itself, with Content-Type: application/octet-stream.',
          );
        }
        const body = request.body;
        if (await artifacts.has(sha256)) {
          body.resume();
          return { sha256, created: false };
        }
        await uploads.receive(body, sha256, (file) => artifacts.putFile(file));
        return reply.code(201).send({ sha256, created: true });
      },
    );
    done();
  });
}
