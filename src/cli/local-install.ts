import type { PrebuildView } from '../api/prebuilds/view.ts';

/** What to do with wheels of this machine itself: no image can take them. */
export function localInstallLines({ requirements, wheels }: PrebuildView, python: string): string {
  return `Built UNSANDBOXED for this machine's own Python: no image is proven to take these wheels. Install them here with:

${python} -m venv .venv
.venv/bin/python -m pip install --no-index \\
    --find-links ${wheels} -r ${requirements}
`;
}
