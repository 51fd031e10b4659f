import fc from 'fast-check';
import Value from 'typebox/value';
import { readLists } from '../../src/core/read-lists.ts';
import { ListFaultSchema } from '../../src/core/records/list-fault.ts';
import { RequirementSchema } from '../../src/core/records/requirement.ts';
import { generatedFiles, generatedList } from '../../test/core/list-generator.ts';
import { damaged } from '../bytes.ts';
import type { Fuzzer } from '../fuzzer.ts';

const NAMES = [
  'requirements.txt',
  'uv.lock',
  'pylock.toml',
  'poetry.lock',
  'pdm.lock',
  'Pipfile.lock',
  'pyproject.toml',
];

/** Small lock files, good as they are. */
const LOCKS = [
  'version = 1\nrequires-python = ">=3.9"\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "x" }\nsdist = { url = "x", hash = "sha256:0" }\n',
  'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "a"\nversion = "1"\nmarker = "os_name == \'a\'"\n',
  '{"_meta": {"pipfile-spec": 6, "requires": {}}, "default": {"a": {"version": "==1", "hashes": []}}, "develop": {}}',
  '[project]\nname = "a"\nversion = "1"\ndependencies = ["b>=1; os_name == \'a\'"]\n[dependency-groups]\ndev = ["c", {include-group = "x"}]\nx = []\n',
].map((text) => Buffer.from(text));

const bytes = fc.oneof(
  { weight: 6, arbitrary: generatedList.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }).map((one) => Buffer.from(one)) },
  { weight: 2, arbitrary: damaged(LOCKS) },
);
const one = fc
  .tuple(fc.constantFrom(...NAMES), bytes, fc.constantFrom('requirements' as const, 'constraints' as const))
  .map(([name, content, role]) => [{ name, bytes: content, role }]);
const files = fc.oneof(
  one,
  one,
  generatedFiles.map(({ files }) => files),
);

/** Requirements lists and lock files: requirements or faults, of the shapes that records have. */
export const lists: Fuzzer = {
  name: 'requirements lists and lock files',
  share: 35,
  open: async () => ({
    property: fc.property(files, (all) => {
      const { requirements, constraints, faults, warnings } = readLists(all);
      const sound = [...requirements, ...constraints].every((each) => Value.Check(RequirementSchema, each));
      const told = [...faults, ...warnings].every((each) => Value.Check(ListFaultSchema, each));
      if (!sound || !told) throw new Error('it gave what no record may hold');
    }),
  }),
};
