import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../metrics/metrics.ts';

/** `/metrics` in Prometheus' text format. */
export function metricsRoutes(app: FastifyInstance, { registry }: Pick<Metrics, 'registry'>): void {
  app.get(
    '/metrics',
    { schema: { tags: ['operations'], summary: 'Figures for Prometheus', produces: ['text/plain'] } },
    async (_request, reply) => {
      const text = await registry.metrics();
      return reply.header('cache-control', 'no-store').type(registry.contentType).send(text);
    },
  );
}
