import { Counter, Histogram, type Registry } from 'prom-client';
import { ANSWERS } from './buckets.ts';

/** A route as it was declared, never a URL: `/simple/:project/`. */
export type RouteLabels = { method: string; route: string };

export type HttpFigures = {
  /** The headers of an answer were ready after so many seconds. */
  began(route: RouteLabels, seconds: number): void;
  /** An answer has ended, or its client has gone; `bytes` went out for it. */
  ended(route: RouteLabels, status: number, bytes: number): void;
};

/** Counts what is asked of the HTTP interface. */
export function countHttp(registry: Registry): HttpFigures {
  const registers = [registry];
  const took = new Histogram({
    name: 'wheelmill_http_answer_seconds',
    help: 'Time to the headers of an answer; requests with wait= are held on purpose',
    labelNames: ['route'],
    buckets: ANSWERS,
    registers,
  });
  const answers = new Counter({
    name: 'wheelmill_http_requests_total',
    help: 'Answers by route and class of status',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const bytes = new Counter({
    name: 'wheelmill_http_sent_bytes_total',
    help: 'Bytes sent in answers, headers included',
    labelNames: ['route'],
    registers,
  });
  return {
    began: ({ route }, seconds) => took.observe({ route }, seconds),
    ended({ method, route }, status, sent) {
      answers.inc({ method, route, status: `${Math.floor(status / 100)}xx` });
      bytes.inc({ route }, sent);
    },
  };
}
