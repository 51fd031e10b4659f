import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { PrebuildStateSchema } from '../../core/records/prebuild.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { writeClaim } from '../../storage/claims.ts';
import type { TypedApp } from '../app.ts';
import { mayUpload } from '../claims/claim-name.ts';
import { clientOf, senderOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import { refuseWhenFull } from '../prebuilds/full.ts';
import { ProblemSchema } from '../problems.ts';
import { publicUrl } from '../public-url.ts';
import { renderNow } from '../render-now.ts';
import { createProjectTurns } from './project-turns.ts';
import { queueBuilds } from './queue-builds.ts';
import { readForm, type UploadForm } from './read-form.ts';
import { readUpload, type Upload } from './read-upload.ts';
import { findStored, storeUpload } from './store-upload.ts';
import { createUploadSlots } from './upload-slots.ts';

const Text = Type.String();

/** What became of an upload. URLs are absolute. */
export const UploadViewSchema = Type.Object({
  project: Text,
  version: Text,
  filename: Text,
  sha256: Text,
  size: Type.Integer(),
  /** `already`: the same bytes were here under this name, and nothing was stored. */
  outcome: Type.Union([Type.Literal('stored'), Type.Literal('already')]),
  /** This upload has claimed the name. */
  claimed: Type.Boolean(),
  /** The project's index page. */
  index: Text,
  /** The file itself, of a wheel. */
  url: Type.Optional(Text),
  /** Of an sdist: the prebuilds that make its wheels, one for each target. */
  prebuilds: Type.Array(Type.Object({ id: Text, state: PrebuildStateSchema, target: Text, url: Text })),
});
export type UploadView = Static<typeof UploadViewSchema>;

/** Uploads of sdists and wheels, as twine and uv send them. */
export function uploadRoutes(app: TypedApp, api: Api): void {
  const inTurn = createProjectTurns();
  const slots = createUploadSlots(api.config.maxUploads);
  for (const url of ['/legacy/', '/legacy'])
    app.post(
      url,
      {
        schema: {
          tags: ['uploads'],
          hide: url === '/legacy',
          summary: 'Upload an sdist or a wheel, as `twine upload` and `uv publish` do',
          description:
            'A form with :action=file_upload, name, version, filetype (sdist or bdist_wheel), digests and the file as "content". An sdist is queued for building for every target. The token is the password of the user __token__.',
          consumes: ['multipart/form-data'],
          response: { 200: UploadViewSchema, '4xx': ProblemSchema, '5xx': ProblemSchema },
        },
      },
      async (request) => {
        const done = slots.enter();
        let folder: string | undefined;
        try {
          const length = Number(request.headers['content-length'] ?? 0);
          await api.quotas.takeBytes(request.token?.name, length);
          folder = await mkdtemp(join(api.scratch, 'upload-'));
          const form = await readForm(request, { folder, maxBytes: api.config.maxUploadBytes });
          if (length === 0) await api.quotas.takeBytes(request.token?.name, sizeOf(form));
          const upload = await readUpload(form);
          return await inTurn(upload.project, () => take(api, upload, request));
        } finally {
          if (folder !== undefined) await rm(folder, { recursive: true, force: true });
          done();
        }
      },
    );
}

/** Bytes of the files of a form. */
const sizeOf = ({ content }: UploadForm): number => content.reduce((sum, { size }) => sum + size, 0);

/** Stores an upload that was found sound, claims its name if it is nobody's, and has an sdist built. */
async function take(api: Api, upload: Upload, request: FastifyRequest): Promise<UploadView> {
  const { project, version, filename, sha256, size } = upload;
  const address = senderOf(request);
  // Asked before anything is stored: afterwards it is built, however much there is to do.
  if (upload.kind === 'sdist') await refuseWhenFull(api, clientOf(address));
  const name = await mayUpload(api, project);
  const outcome = (await findStored(api.store, upload)) === 'already' ? 'already' : 'stored';
  // The claim first: a file of a name that is not claimed is on no page.
  if (name === 'free') await writeClaim(api.store, project, 'upload');
  if (outcome === 'stored') {
    await storeUpload(api.store, upload);
    api.metrics.stored('uploaded', size);
  }
  // An sdist may make a stored wheel a private one; and what died before this is mended by sending it again.
  await renderNow(api, project);
  api.upstream.changed(project);
  const prebuilds =
    upload.kind === 'sdist'
      ? await queueBuilds(api, upload, { isNew: outcome === 'stored', address, requestId: request.id })
      : [];
  request.log.info({ project, filename, outcome, prebuilds: prebuilds.map((one) => one.id) }, 'upload stored');
  const base = publicUrl(api.config, request);
  return {
    ...{ project, version, filename, sha256, size, outcome, claimed: name === 'free' },
    index: `${base}/simple/${project}/`,
    ...(upload.kind === 'wheel' && { url: `${base}/${paths.wheelFile(project, sha256, filename)}` }),
    prebuilds: prebuilds.map(({ id, state, target }) => ({ id, state, target, url: `${base}/api/v1/prebuilds/${id}` })),
  };
}
