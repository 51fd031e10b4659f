/**
 * The Dockerfile lines that install a list from a server. The list is bound into the step, so nothing is copied; its hash
 * names the prebuild, so the lines never change.
 *
 * @param url the server as a `docker build` reaches it
 */
export function dockerfileLines(url: string, runtimeImage: string): string {
  const { protocol, hostname, host } = new URL(url);
  const secure =
    protocol === 'https:' || hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]';
  return `FROM ${runtimeImage}
ARG WHEELMILL=${url}
RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \\
    list="$WHEELMILL/lists/$(sha256sum /tmp/requirements.txt | cut -d ' ' -f 1)" \\
 && pip install --no-cache-dir --no-index${secure ? '' : ` --trusted-host ${host}`} \\
      --find-links "$list/wheels/" -r "$list/requirements.txt"
`;
}
