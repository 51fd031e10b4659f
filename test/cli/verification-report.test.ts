import t from 'tap';
import type { VerificationView } from '../../src/api/builds/verification.ts';
import type { BuildView } from '../../src/api/builds/view.ts';
import { verificationReport } from '../../src/cli/verification-report.ts';

const wheel = { filename: 'mill-1.0-1_0a1b2c3d-py3-none-any.whl', sha256: 'a'.repeat(64), size: 1 };
const build = (verification: Partial<VerificationView>) =>
  ({
    ...{
      key: 'b'.repeat(64),
      project: 'mill',
      version: '1.0',
      target: 'python-3.13',
      state: 'stored',
      url: '',
      log: '',
    },
    verification: { state: 'done', requestedAt: '2026-01-01T00:00:00Z', ...verification },
  }) as BuildView;

const rows: [what: string, build: Parameters<typeof verificationReport>[0], text: string][] = [
  [
    'a wheel that came out the same',
    build({ reproducible: true, differences: [], wheel: { stored: wheel, rebuilt: wheel } }),
    `mill 1.0: reproducible (${wheel.filename})`,
  ],
  [
    'one that did not, with a hostile name and more than are kept',
    build({
      reproducible: false,
      differences: [
        { member: 'mill\u001b[2J.py', kind: 'content', stored: 'c'.repeat(64), rebuilt: 'd'.repeat(64) },
        { member: 'mill.so', kind: 'mode', stored: '100644', rebuilt: '100755' },
        { kind: 'packing' },
        { member: 'mill-1.0.dist-info/RECORD', kind: 'content', follows: true },
      ],
      furtherDifferences: 3,
    }),
    [
      'mill 1.0: not reproducible; the rebuilt wheel differs in:',
      '  mill.py: content',
      '  mill.so: mode (100644 stored, 100755 rebuilt)',
      '  the archive, in nothing that a member shows',
      '  mill-1.0.dist-info/RECORD: content, which follows from the others',
      '  and 3 more differences',
    ].join('\n'),
  ],
  [
    'a rebuild that failed',
    build({ state: 'failed', reason: 'build-error', message: 'It broke.', hint: 'Look.', logTail: 'one\ntwo' }),
    'mill 1.0: the rebuild failed: build-error: It broke.\n  Look.\n  | one\n  | two',
  ],
  [
    'a build that cannot be verified',
    { key: 'b'.repeat(64), project: 'mill', version: '1.0', message: 'Its image is gone.' },
    'mill 1.0: cannot be verified: Its image is gone.',
  ],
];

for (const [what, seen, text] of rows) t.equal(verificationReport(seen), text, what);
