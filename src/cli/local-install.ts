import type { PrebuildView } from '../api/prebuilds/view.ts';
import { noDeps } from '../core/dockerfile-lines.ts';

/** What to do with wheels of this machine itself: no image can take them. */
export function localInstallLines({ requirements, wheels, deps }: PrebuildView, python: string): string {
  return `Built UNSANDBOXED for this machine's own Python: no image is proven to take these wheels. Install them here with:

${python} -m venv .venv
.venv/bin/python -m pip install --no-index${noDeps(deps)} \\
    --find-links ${wheels} -r ${requirements}
`;
}
