import type { TypedApp } from '../app.ts';
import type { Api } from '../context.ts';
import { publicUrl } from '../public-url.ts';
import { StatusSchema } from './schema.ts';
import type { StatusReader } from './status.ts';

/** How the whole server stands, for a script, an uptime check or a person. */
export function statusRoutes(app: TypedApp, api: Pick<Api, 'config'>, status: StatusReader): void {
  app.get(
    '/api/v1/status',
    {
      schema: {
        tags: ['operations'],
        summary: 'How the whole server stands: its parts, what waits and runs, and what needs a person',
        description: 'Answers 200 where the server is ready and 503 where it is not, with the same content.',
        response: { 200: StatusSchema, 503: StatusSchema },
      },
    },
    async (request, reply) => {
      const { builds, ...found } = await status();
      const base = publicUrl(api.config, request);
      return reply
        .code(found.ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({
          ...found,
          ...(builds && { builds: builds.map((one) => ({ ...one, url: `${base}/api/v1/builds/${one.key}` })) }),
        });
    },
  );
}
