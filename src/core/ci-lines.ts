import { type Lines, trust } from './dockerfile-lines.ts';

/** The shell lines of a CI job that has a list built and installs it, with curl and pip and nothing of ours. */
export function ciLines({ server, target, withToken }: Pick<Lines, 'server' | 'target' | 'withToken'>): string {
  const named = target === undefined ? '' : `target=${encodeURIComponent(target)}`;
  const token = withToken ? ' -u "__token__:$WHEELMILL_TOKEN"' : '';
  const address = withToken ? '\n# pip takes the token from ~/.netrc.' : '';
  return `WHEELMILL=${server}${address}
list="$WHEELMILL/lists/$(sha256sum requirements.txt | cut -d ' ' -f 1)"
curl -fsS${token} -H 'Content-Type: text/plain' --data-binary @requirements.txt \\
  "$WHEELMILL/api/v1/prebuilds?${named === '' ? '' : `${named}&`}wait=600" >/dev/null
pip install --no-index${trust(server)} --find-links "$list/wheels/" -r "$list/requirements.txt${named === '' ? '' : `?${named}`}"
`;
}
