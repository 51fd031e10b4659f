import t from 'tap';
import Value from 'typebox/value';
import { LIST_CODES } from '../../src/core/list-codes.ts';
import { ListFaultSchema } from '../../src/core/records/list-fault.ts';
import { ListOptionsSchema } from '../../src/core/records/list-options.ts';
import { RequirementSchema } from '../../src/core/records/requirement.ts';
import { parseRequirementsFiles } from '../../src/core/requirements-files.ts';
import { corpus, outcomeOf } from './list-corpus.ts';

t.test('every list of the corpus reads as its outcome says', async (t) => {
  const seen = new Set<string>();
  for (const { name, files, outcome } of corpus()) {
    const { about, roots, sentAsConstraints, ...expected } = outcome;
    const lists = parseRequirementsFiles(files);
    t.same(outcomeOf(lists), expected, `${name}: ${about}`);
    t.ok(Value.Check(ListOptionsSchema, lists.options), `${name}: options fit their schema`);
    const { requirements, constraints, faults, warnings } = lists;
    t.ok([...requirements, ...constraints].every((one) => Value.Check(RequirementSchema, one)));
    t.ok([...faults, ...warnings].every((one) => Value.Check(ListFaultSchema, one)));
    for (const { code, message } of [...faults, ...warnings]) {
      seen.add(code);
      t.match(message, /^\S.*\.$/, `${name}: a sentence`);
    }
  }
  // Lock files have a corpus of their own, no folder has two files of one name, and the server's settings say which keys of
  // config settings there are.
  const elsewhere = ['ambiguous-file', 'unknown-selection', 'setting-not-allowed'];
  const ofLists = Object.entries(LIST_CODES).filter(
    ([code, text]) => !text.includes('lock file') && !elsewhere.includes(code),
  );
  const missing = ofLists.filter(([code]) => !seen.has(code)).map(([code]) => code);
  t.same(missing, [], 'the corpus has every code');
});
