import fc from 'fast-check';
import { parseCoreMetadata } from '../../src/core/core-metadata.ts';
import { CoreError } from '../../src/core/faults.ts';
import { parseMarker } from '../../src/core/marker-syntax.ts';
import { normalizeName } from '../../src/core/names.ts';
import { parseRequirement } from '../../src/core/requirement.ts';
import { parseSdistFilename } from '../../src/core/sdist-filename.ts';
import { parseSpecifier } from '../../src/core/specifier.ts';
import { parseVersion } from '../../src/core/version.ts';
import { lenientWheelFilename, parseWheelFilename } from '../../src/core/wheel-filename.ts';
import { requirement } from '../../test/core/requirement-generator.ts';
import { damaged } from '../bytes.ts';
import type { Fuzzer } from '../fuzzer.ts';

const GOOD = [
  'demo_pkg-1.0-py3-none-any.whl',
  'demo-1!1.0rc1.post2.dev3+local.1-1_abc-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  'demo_pkg-1.0.tar.gz',
  '>=1.0,!=1.1.*,~=2.2,===x',
  "python_version >= '3.9' and (extra == 'a' or os_name in 'posix nt')",
  'Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nRequires-Python: >=3.8\nRequires-Dist: a[b]>=1; extra == "c"\nDynamic: x\n\nbody\n',
].map((text) => Buffer.from(text));
const text = fc.oneof(
  damaged(GOOD).map((bytes) => bytes.toString('latin1')),
  requirement,
  fc.string({ unit: 'binary', maxLength: 60 }),
);

const DEMO = normalizeName('demo');
const PARSERS: readonly ((text: string) => unknown)[] = [
  parseWheelFilename,
  lenientWheelFilename,
  (one) => parseSdistFilename(one, DEMO),
  normalizeName,
  parseVersion,
  parseSpecifier,
  parseMarker,
  parseRequirement,
  (one) => parseCoreMetadata(Buffer.from(one, 'latin1')),
];

/** File names, versions, specifiers, markers, requirements, metadata: read, or refused with a reason. */
export const names: Fuzzer = {
  name: 'file names, versions, markers, metadata',
  share: 25,
  open: async () => ({
    property: fc.property(text, (one) => {
      for (const parse of PARSERS)
        try {
          parse(one);
        } catch (error) {
          if (!(error instanceof CoreError)) throw error;
        }
    }),
  }),
};
