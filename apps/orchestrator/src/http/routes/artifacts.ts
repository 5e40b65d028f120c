import { Readable } from 'node:stream';
import { LARGEST_ARTIFACT, operations, XaigridError } from '@xaigrid/contracts';
import type { HttpApp, HttpParts } from '../http-app.js';
import { serveOperation } from '../serve-operation.js';
import type { UploadFolder } from '../upload-folder.js';

/** The routes of files that runs need, identified by content. */
export function addArtifactRoutes(parent: HttpApp, { artifacts }: HttpParts, uploads: UploadFolder): void {
  // A scope of its own, because only here a body is passed on unparsed.
  void parent.register((app: HttpApp, _options, done) => {
    app.addContentTypeParser('application/octet-stream', (_request, payload, parsed) => {
      parsed(null, payload);
    });

    serveOperation(
      app,
      operations.hasArtifact,
      async ({ params, reply }) => {
        const found = await artifacts.has(params.sha256);
        return reply.code(found ? 200 : 404).send(null);
      },
      { config: { onlyHead: true } },
    );

    serveOperation(
      app,
      operations.putArtifact,
      async ({ params: { sha256 }, request, reply }) => {
        const { body } = request;
        if (!(body instanceof Readable)) {
          throw new XaigridError(
            'REQUEST_INVALID',
            'The body must be the file itself, with Content-Type: application/octet-stream.',
          );
        }
        if (await artifacts.has(sha256)) {
          body.resume();
          return { sha256, created: false };
        }
        await uploads.receive(body, sha256, (file) => artifacts.putFile(file));
        void reply.code(201);
        return { sha256, created: true };
      },
      { bodyLimit: LARGEST_ARTIFACT },
    );
    done();
  });
}
