import { type Rule, rules } from './rule.ts';

/** Downloads come last: many builds try one only after they missed a tool. */
export const NEEDS_NETWORK: Rule[] = rules(
  [
    /Could not resolve host: ([\w.-]+)/,
    /unable to resolve host address [‘'"]([\w.-]+)/,
    /Could not resolve '([\w.-]+)'/,
    /host='([\w.-]+)'[^\n]*(?:NameResolutionError|Max retries exceeded)/,
    /failed to download from `?https?:\/\/([\w.-]+)/,
    /(?:EAI_AGAIN|ENOTFOUND) ([\w.-]+)/,
    /(Temporary failure in name resolution|Name or service not known|Network is unreachable)/,
    /(failed to lookup address information|dns error)/,
  ],
  {
    reason: 'needs-network',
    message: (host) => `The build tried to reach something other than the package index: ${host}.`,
  },
);
