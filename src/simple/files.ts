import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isProjectName } from '../core/names.ts';
import { isSha256, type Sha256 } from '../core/sha256.ts';
import { WheelmillError } from '../errors.ts';

/** The parts of a file's URL, checked: all three are parts of the bucket's keys. */
export type FileAddress = { project: string; sha256: Sha256; filename: string; isMetadata: boolean };

export type FileAnswer = (address: FileAddress, request: FastifyRequest, reply: FastifyReply) => Promise<void>;

const FILENAME = /^[A-Za-z0-9._+!-]{1,255}\.(whl|zip|tgz|tar|tar\.[A-Za-z0-9]{1,4})$/;

/** Registers `GET` and `HEAD` of `<folder>/:project/:sha256/:filename` and of the `.metadata` beside each (PEP 658). */
export function fileRoutes(app: FastifyInstance, folder: string, answer: FileAnswer): void {
  app.route<{ Params: { project: string; sha256: string; filename: string } }>({
    method: ['GET', 'HEAD'],
    url: `${folder}/:project/:sha256/:filename`,
    schema: { hide: true },
    handler: async (request, reply) => {
      const { project, sha256, filename: leaf } = request.params;
      const isMetadata = leaf.endsWith('.metadata');
      const filename = isMetadata ? leaf.slice(0, -'.metadata'.length) : leaf;
      if (!isProjectName(project) || !isSha256(sha256) || !FILENAME.test(filename)) throw noSuchFile();
      await answer({ project, sha256, filename, isMetadata }, request, reply);
      return reply;
    },
  });
}

export function noSuchFile(): WheelmillError {
  return new WheelmillError('not-found', 'There is no such file. Ask the index page for the names there are.');
}
