import { normalizeName } from '../../core/names.ts';
import { BuildFailure } from '../../errors.ts';
import { createUpstream } from '../../upstream/client.ts';
import { HttpFault } from '../../upstream/http.ts';
import { shownUrl, type UpstreamIndex } from '../../upstream/upstream-index.ts';
import { type Check, type Finding, notLookedAt, ok, together, warning, wrong } from './check.ts';
import type { DoctorContext } from './context.ts';

/** A project that every public index has, with wheels. */
const PROJECT = normalizeName('setuptools');

const NOT_KNOWN = 'none is configured here, and no target could be asked which one its pip is made for';

/** Codes with which Node.js refuses a certificate (OpenSSL's verification errors). */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ERR_TLS/;

/** Whether each index answers, and gives the hashes and the metadata that planning and checking want. */
export function upstreamCheck(context: DoctorContext): Check {
  return {
    name: 'upstream',
    seconds: 60,
    look: async (signal) => {
      const known = await context.indexes().catch((error: unknown) => {
        if (error instanceof BuildFailure) return undefined;
        throw error;
      });
      if (!known) return notLookedAt(NOT_KNOWN, 'First see to the targets, or set WHEELMILL_UPSTREAM_URL.');
      const { indexes, warnings, from } = known;
      const findings = await Promise.all(indexes.map((index) => lookAt(context, index, signal)));
      const proxy = proxyOf(context.config.environment);
      return together([
        ...findings,
        ...(from === 'the settings' ? [] : [ok(`from ${from}`)]),
        ...(proxy ? [ok(`through the proxy ${proxy}`)] : []),
        ...warnings.map((text) => warning(text, 'Set WHEELMILL_UPSTREAM_URL to choose the index.')),
      ]);
    },
  };
}

async function lookAt(context: DoctorContext, index: UpstreamIndex, signal: AbortSignal): Promise<Finding> {
  const url = shownUrl(index.url);
  const { environment } = context.config;
  const store = await context.emptyStore();
  const upstream = createUpstream({ indexes: [index], store, environment, retryDelays: [] });
  try {
    await upstream.check();
    const page = await upstream.project(PROJECT, { maxAge: 0, signal });
    if (!page) return ok(`${url} answers; it does not have ${PROJECT}`);
    const hashed = page.files.filter((file) => file.sha256 !== undefined).length;
    const wheels = page.files.filter((file) => file.kind === 'wheel');
    const described = wheels.some((file) => file.coreMetadata !== undefined);
    const answers = ok(`${url} answers with ${page.files.length} files of ${PROJECT}`);
    if (hashed < page.files.length)
      return together([
        answers,
        warning(
          `${page.files.length - hashed} of them without a sha256`,
          'Files without a hash are not used unless a list has it. Ask whoever runs that index for hashes.',
        ),
      ]);
    return described || wheels.length === 0
      ? together([answers, ok('with hashes and metadata')])
      : together([answers, ok('with hashes, without metadata (lists that are not pinned take longer to plan)')]);
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    return wrong(error.message, adviceFor(error, environment));
  } finally {
    await upstream.close();
  }
}

/** What to do about an index or a registry that cannot be used. `setting` names it, `secret` says where its credentials go. */
export function adviceFor(
  error: BuildFailure,
  environment: DoctorContext['config']['environment'],
  { setting, secret }: { setting: string; secret: string } = {
    setting: 'WHEELMILL_UPSTREAM_URL',
    secret: 'the user and password into WHEELMILL_UPSTREAM_URL or into ~/.netrc',
  },
): string {
  const text = error.cause instanceof HttpFault ? error.cause.message : error.message;
  if (CERTIFICATE.test(text))
    return 'Its certificate is not trusted here: name the file of the authority that signed it in NODE_EXTRA_CA_CERTS, and start again.';
  if (/40[137]/.test(text)) return `Put ${secret}.`;
  const proxy = proxyOf(environment);
  return proxy
    ? `Check ${setting} and the proxy ${proxy}.`
    : `Check ${setting} and the network; behind a proxy set HTTPS_PROXY.`;
}

/** The proxy without its password. */
export function proxyOf(environment: DoctorContext['config']['environment']): string | undefined {
  const names = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
  const text = names.map((name) => environment[name]).find(Boolean);
  return text && (URL.canParse(text) ? new URL(text).host : 'that cannot be read');
}
