import Type from 'typebox';
import { WheelmillError } from '../../errors.ts';
import type { Hidden } from '../../simple/hidden.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readPrebuildRecord } from '../../storage/prebuild-records.ts';
import { type PrebuildStatus, readPrebuildStatus } from '../../storage/prebuild-status.ts';
import type { TypedApp } from '../app.ts';
import type { Api } from '../context.ts';
import { publicUrl } from '../public-url.ts';
import { refuseHidden } from '../refuse-hidden.ts';
import { refuseDeleted } from './deleted-wheels.ts';
import { findLinksPage } from './find-links.ts';
import { attemptOf, knownId, unknownPrebuild } from './known-id.ts';
import { sendText } from './send-text.ts';

const Id = Type.Object({ id: Type.String({ description: 'Prebuild id' }) });
const Attempt = Type.Optional(Type.Integer({ minimum: 1, description: 'Which attempt; the newest by default' }));
const tags = ['prebuilds'];

/** What installs a prebuild by its id. One with anything in it that is `hidden` is not there. */
export function prebuildFileRoutes(app: TypedApp, api: Api, hidden?: Hidden): void {
  async function refuse(prebuild: Pick<PrebuildStatus, 'items'>): Promise<void> {
    if (hidden) await refuseHidden(api.store, prebuild, hidden);
  }

  app.get(
    '/api/v1/prebuilds/:id/requirements.txt',
    {
      schema: {
        tags,
        summary: 'The list, fully pinned, with the hashes of our wheels',
        params: Id,
        querystring: Type.Object({ attempt: Attempt }),
        produces: ['text/plain'],
      },
    },
    async (request, reply) => {
      const id = knownId(request.params.id);
      const attempt = await attemptOf(api, id, request.query.attempt);
      const list = await api.store.read(paths.prebuildLocked(id, attempt));
      if (!list)
        throw new WheelmillError(
          'not-ready',
          `The prebuild is not finished; see ${publicUrl(api.config, request)}/api/v1/prebuilds/${id}`,
        );
      const record = await readPrebuildRecord(api.store, id, attempt);
      if (record) {
        await refuse(record);
        await refuseDeleted(api.store, record);
      }
      return sendText(reply, list);
    },
  );

  app.get(
    '/prebuilds/:id/wheels/',
    {
      schema: {
        tags,
        summary: 'A find-links page of exactly the wheels of a prebuild',
        params: Id,
        querystring: Type.Object({ attempt: Attempt }),
        produces: ['text/html'],
      },
    },
    async (request, reply) => {
      const id = knownId(request.params.id);
      const attempt = await attemptOf(api, id, request.query.attempt);
      const status = await readPrebuildStatus(api.store, id, attempt);
      if (!status) throw unknownPrebuild(id);
      await refuse(status);
      return reply
        .header('cache-control', 'no-cache')
        .type('text/html; charset=utf-8')
        .send(await findLinksPage(api.store, [status]));
    },
  );
}
