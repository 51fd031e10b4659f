import { SETTINGS } from '../../src/config.ts';
import { table } from './table.ts';

const settings = Object.values(SETTINGS);

/** docs/configuration.md */
export function configurationPage(): string {
  const rows = settings.map(({ name, shown, meaning }) => [`\`${name}\``, shown ? `\`${shown}\`` : '', meaning]);
  return `<!-- Generated from src/config.ts by \`npm run docs\`. -->

# Settings

Settings are environment variables. All are optional, and an empty one counts as not set. A server that finds faults in
them names all of them and does not start; a name that starts with \`WHEELMILL_\` and is none of these is a fault too.

${table(['Name', 'Default', 'Meaning'], rows)}
Sizes are written as \`512MiB\` or \`6GiB\`, times as \`30s\`, \`15m\` or \`1h\`. [docker/sample.env](../docker/sample.env) has the same
list for \`docker run --env-file\`; with \`docker compose\` see [deployment](deployment.md#api-and-workers-apart).

What the server takes from its surroundings beside these:

- \`DOCKER_HOST\`: the engine that builds, if it is not the one on the local socket.
- pip's own configuration (\`PIP_INDEX_URL\`, \`PIP_EXTRA_INDEX_URL\`, pip.conf, \`.netrc\`), the usual proxy variables
  (\`HTTPS_PROXY\`, \`NO_PROXY\`) and Node's \`NODE_EXTRA_CA_CERTS\`: for requests to the upstream index.
`;
}

/** docker/sample.env */
export function sampleEnvironment(): string {
  const entries = settings.map(({ name, shown, meaning }) => `# ${meaning}\n#${name}=${shown}\n`);
  return `# Generated from src/config.ts by \`npm run docs\`. Every setting with its default: copy this file, change what you need.
# The values are taken as they are, quotes included.

${entries.join('\n')}`;
}
