import t from 'tap';
import Value from 'typebox/value';
import { ListFaultSchema } from '../../src/core/records/list-fault.ts';
import { RequirementSchema } from '../../src/core/records/requirement.ts';
import { formatRequirement, normalizedListText, parseRequirementsList } from '../../src/core/requirements-list.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

/** What a list says, each requirement with its line. */
const read = (content: string | Uint8Array): string[] => {
  const { requirements, faults } = parseRequirementsList(content);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return requirements.map((one) => `${one.line}: ${formatRequirement(one)}`);
};

const utf16 = (text: string, order: 'le' | 'be'): Uint8Array => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};

t.test('lists that are read', async (t) => {
  const rows: [why: string, content: string | Uint8Array, expected: string[]][] = [
    ['one pin', 'Flask==3.0', ['1: flask==3.0']],
    ['no version', 'flask\n\n  numpy  \n', ['1: flask', '3: numpy']],
    [
      'comments',
      '# x\na # b\n  # c\nd#e\n'.replace('d#e', 'd ; os_name == "x#y"'),
      ['2: a', '4: d ; os_name == "x#y"'],
    ],
    ['CRLF, CR, form feed', 'a\r\nb\rc\fd', ['1: a', '2: b', '3: c', '4: d']],
    ['UTF-8 byte order mark', '\ufeffa', ['1: a']],
    ['UTF-16 of PowerShell', utf16('a==1\r\nb==2\r\n', 'le'), ['1: a==1', '2: b==2']],
    ['UTF-16, big endian', utf16('a==1', 'be'), ['1: a==1']],
    ['a continuation', 'a==\\\n1\nb', ['1: a==1', '3: b']],
    ['a continuation at the end', 'a==1 \\', ['1: a==1']],
    ['a comment ends a continuation', 'a==1 \\\n  # via b \\\nc', ['1: a==1', '3: c']],
    [
      'hashes',
      `a==1 --hash=sha256:${B} --hash sha256:${A.toUpperCase()}`,
      [`1: a==1 --hash=sha256:${A} --hash=sha256:${B}`],
    ],
    ['other hashes', `a===1 --hash=sha512:${A}${A}`, [`1: a===1 --hash=sha512:${A}${A}`]],
    [
      'as pip-compile writes it',
      `a[x]==1 ; python_version < "3.12" \\\n    --hash=sha256:${A} \\\n    --hash=sha256:${B}\n    # via\n    #   c\nb==2 \\\n    --hash=sha256:${A}\n`,
      [`1: a[x]==1 ; python_version < "3.12" --hash=sha256:${A} --hash=sha256:${B}`, `6: b==2 --hash=sha256:${A}`],
    ],
    ['the same line twice', 'a==1\nA == 1 # again', ['1: a==1']],
    ['the same pin, other extras', 'a==1\na[x]==1', ['1: a==1', '2: a[x]==1']],
    [
      'pins of one project for different targets',
      'a==1; python_version<"3.12"\na==2; python_version>="3.12"',
      ['1: a==1 ; python_version < "3.12"', '2: a==2 ; python_version >= "3.12"'],
    ],
    [
      'pins for what no target is',
      'a==1; sys_platform=="win32"\na==2',
      ['1: a==1 ; sys_platform == "win32"', '2: a==2'],
    ],
    ['a pin within a range', 'a==1.5\na>=1', ['1: a==1.5', '2: a>=1']],
    [
      'a variable that pip would not fill in',
      'a ; platform_version == "\u0024{lower}"',
      ['1: a ; platform_version == "\u0024{lower}"'],
    ],
  ];
  for (const [why, content, expected] of rows) t.same(read(content), expected, why);
});

t.test('lines that are refused', async (t) => {
  const rows: [line: string, code: string][] = [
    ['-r base.txt', 'missing-file'],
    ['-rbase.txt', 'missing-file'],
    ['--requirement=base.txt', 'missing-file'],
    ['--requirem base.txt', 'missing-file'],
    ['-c constraints.txt', 'missing-file'],
    ['--constraint constraints.txt', 'missing-file'],
    ['-r https://upstream.test/base.txt', 'remote-file'],
    ['-r file:///base.txt', 'remote-file'],
    ['-r /base.txt', 'outside-file'],
    ['-r ../base.txt', 'outside-file'],
    ['-c C:/base.txt', 'outside-file'],
    ['-r pylock.toml', 'lock-included'],
    ['-r requirements.txt', 'list-cycle'],
    ['-r a.txt -r b.txt', 'misplaced-option'],
    ['-c a.txt --pre', 'misplaced-option'],
    ['-e .', 'editable'],
    ['--editable git+https://upstream.test/x.git', 'editable'],
    ['git+https://upstream.test/x.git#egg=x', 'version-control'],
    ['git@upstream.test:x/x.git', 'version-control'],
    ['hg+ssh://upstream.test/x', 'version-control'],
    ['https://upstream.test/x-1.0.tar.gz', 'bare-url'],
    ['x @ https://upstream.test/x-1.0.tar.gz', 'direct-url'],
    ['x[a] @ git+https://upstream.test/x', 'direct-url'],
    ['x@file:///x', 'direct-url'],
    ['file:///x', 'local-path'],
    ['.', 'local-path'],
    ['./x', 'local-path'],
    ['../x[a]', 'local-path'],
    ['x/y', 'local-path'],
    ['~/x', 'local-path'],
    ['C:\\x', 'local-path'],
    ['/x/y', 'local-path'],
    ['x-1.0-py3-none-any.whl', 'local-archive'],
    ['dist/x-1.0.tar.gz', 'local-archive'],
    ['x.zip[a]', 'local-archive'],
    ['--no-binary "a b"', 'invalid-name'],
    ['--only-binary -x', 'invalid-name'],
    ['--no-binary', 'missing-value'],
    ['--pre=1', 'unwanted-value'],
    ['--re', 'ambiguous-option'],
    ['-- --pre', 'stray-word'],
    ['--pre yes', 'stray-word'],
    ['--pre "', 'unclosed-quote'],
    ['x==1 -C a', 'invalid-setting'],
    ['--config-settings a', 'invalid-setting'],
    ['x==1 --index-url https://upstream.test', 'misplaced-option'],
    ['--frobnicate=1', 'unknown-option'],
    ['-', 'stray-word'],
    ['x==1 --global-option=a', 'unknown-option'],
    [`x==1 --hash=sha256:${A} y`, 'stray-word'],
    [`--hash=sha256:${A}`, 'hash-without-requirement'],
    ['x==\u0024{VERSION}', 'unresolved-variable'],
    ['--index-url https://\u0024{TOKEN}@upstream.test', 'unresolved-variable'],
    ['x=1', 'invalid-specifier'],
    ['x>=1 <2', 'invalid-specifier'],
    ['_x==1', 'invalid-name'],
    ['x y', 'invalid-requirement'],
    ['x[', 'invalid-requirement'],
    ['x; python_version', 'invalid-marker'],
    ['x; python == "3"', 'unknown-marker-variable'],
    ['x==1 --hash=md5:d41d8cd98f00b204e9800998ecf8427e', 'weak-hash'],
    [`x==1 --hash=sha256:${A}0`, 'invalid-hash'],
    [`x==1 --hash=sha256:${A.replace('a', 'g')}`, 'invalid-hash'],
    [`x==1 --hash=sha3_256:${A}`, 'invalid-hash'],
    [`x==1 --hash=constructor:${A}`, 'invalid-hash'],
    [`x==1 --hash=${A}`, 'invalid-hash'],
    ['x==1 --hash', 'missing-value'],
    [`x --hash=sha256:${A}`, 'hash-without-pin'],
    [`x>=1 --hash=sha256:${A}`, 'hash-without-pin'],
    [`x==1.* --hash=sha256:${A}`, 'hash-without-pin'],
    ['x'.repeat(8193), 'line-too-long'],
  ];
  for (const [line, code] of rows) {
    const { requirements, faults } = parseRequirementsList(`# head\n${line}\n`);
    // What is wrong only beside other lines or options leaves the requirement readable.
    if (code !== 'hash-without-pin') t.same(requirements, [], line.slice(0, 60));
    t.match(faults, [{ line: 2, code }], line.slice(0, 60));
    t.equal(faults.length, 1, line.slice(0, 60));
    t.match(faults[0]?.message, /^\S.*\.$/, 'a sentence');
  }
  const { faults } = parseRequirementsList(rows.map(([line]) => line).join('\n'));
  t.same(
    faults.map(({ line, code }) => [line, code]),
    rows.map(([, code], at) => [at + 1, code]),
    'all at once, each by its line',
  );
  t.ok(faults.every((fault) => Value.Check(ListFaultSchema, fault) && fault.text.length <= 200));
});

t.test('lists that are refused as a whole', async (t) => {
  const rows: [why: string, content: string | Uint8Array, code: string][] = [
    ['nothing', '', 'empty-list'],
    ['comments only', '# a\n\n', 'empty-list'],
    ['no options at all', '--\n', 'empty-list'],
    ['options only', '--pre\n', 'empty-list'],
    ['an unknown encoding', '# coding: klingon\na', 'unknown-encoding'],
    ['not in the encoding it names', new Uint8Array([...Buffer.from('# coding: ascii\n#'), 0xe9]), 'binary-list'],
    ['a cut UTF-32', new Uint8Array([0xff, 0xfe, 0, 0, 0x61, 0, 0]), 'binary-list'],
    ['ignored options only', '--index-url https://upstream.test\n', 'empty-list'],
    ['NUL byte', 'a==1\0', 'binary-list'],
    ['no UTF-8', new Uint8Array([0x61, 0xff]), 'binary-list'],
    ['half a UTF-16 character', new Uint8Array([0xff, 0xfe, 0x61]), 'binary-list'],
    ['a gzip file', new Uint8Array([0x1f, 0x8b, 0x08, 0x00]), 'binary-list'],
    ['over 1 MiB', 'a\n'.repeat(1024 * 512 + 1), 'list-too-large'],
    ['over 1 MiB in UTF-8', '#'.concat('é'.repeat(1024 * 512)), 'list-too-large'],
    ['over 5000 lines', `${'a\n'.repeat(5000)}b`, 'list-too-large'],
  ];
  for (const [why, content, code] of rows) {
    const { requirements, faults } = parseRequirementsList(content);
    t.same(requirements, [], why);
    t.same(
      faults.map((fault) => fault.code),
      [code],
      why,
    );
  }
  t.same(read('a\n'.repeat(5000)), ['1: a'], '5000 lines are read');
  const hashes = Array.from({ length: 9000 }, (_, at) => ` \\\n  --hash=sha256:${String(at).padStart(64, '0')}`);
  t.equal(
    parseRequirementsList(`# x\n${'\n'.repeat(9000)}a==1${hashes.join('')}`).requirements[0]?.hashes.length,
    9000,
  );
});

t.test('lines of one project that contradict one another', async (t) => {
  const rows: [list: string, line: number | undefined][] = [
    ['a==1\nb\nA==2', 3],
    ['a==1\na>=2', 2],
    ['a>=2\na==1', 2],
    ['a==1; python_version<"3.12"\na==2; python_version>="3.11"', 2],
    ['a==1; platform_machine=="x86_64"\na==2', 2],
    ['a==1; platform_machine=="x86_64"\na==2; platform_machine=="aarch64"', undefined],
    ['a==1\na==1.0', undefined],
    ['a==1; extra=="x"\na==2', undefined],
    ['a<1\na>2', undefined],
  ];
  for (const [list, line] of rows) {
    const { faults } = parseRequirementsList(list);
    t.same(
      faults.map((one) => [one.line, one.code]),
      line === undefined ? [] : [[line, 'duplicate-requirement']],
      list,
    );
  }
});

t.test('what is only warned about', async (t) => {
  const list = `-i https://me:secret@upstream.test/simple --trusted-host upstream.test\n--no-index\n-f .\na==1 --hash=sha256:${A}\nb==1\n`;
  const { requirements, faults, warnings } = parseRequirementsList(list, { file: 'x.txt' });
  t.equal(requirements.length, 2);
  t.same(faults, []);
  t.same(
    warnings.map(({ line, code }) => [line, code]),
    [
      [1, 'ignored-option'],
      [1, 'ignored-option'],
      [2, 'ignored-option'],
      [3, 'ignored-option'],
      [5, 'partly-hashed'],
    ],
  );
  t.ok(warnings.every(({ file }) => file === 'x.txt'));
  t.notMatch(JSON.stringify(warnings), /secret/);
});

t.test('what is shown of a line does not steer a terminal', async (t) => {
  const { faults } = parseRequirementsList('x\u001b[2Jy\u0007');
  t.equal(faults.length, 1);
  t.notMatch(`${faults[0]?.text}${faults[0]?.message}`, /[\x00-\x1f\x7f]/);
});

t.test('the normalised list reads as itself', async (t) => {
  const list = `# c\nB[y,x]>=1 ; os_name=="posix"\na==1 --hash=sha256:${B} --hash=sha256:${A}\n`;
  const { requirements } = parseRequirementsList(list);
  const text = normalizedListText(requirements);
  t.equal(text, `a==1 --hash=sha256:${A} --hash=sha256:${B}\nb[x,y]>=1 ; os_name == "posix"\n`);
  t.equal(normalizedListText(parseRequirementsList(text).requirements), text);
  t.ok(requirements.every((one) => Value.Check(RequirementSchema, one)));
});

t.test('hostile lists are answered, however long their lines', async (t) => {
  const over = (line: string): string => `${line}\\\n`.repeat(Math.floor(1_000_000 / (line.length + 2)));
  const rows: [list: string, code: string | undefined][] = [
    [`foo${over(' '.repeat(8000))}`, undefined],
    [`foo${over(' '.repeat(8000))}x`, 'invalid-requirement'],
    [`a;${over('('.repeat(8000))}`, 'invalid-marker'],
    [`a;${over('os_name=="a" and '.repeat(400))}os_name=="b"`, 'invalid-marker'],
    [`-${over('a'.repeat(8000))}`, 'unknown-option'],
    [`a==1 ${over(`--hash="'`.repeat(800))}`, 'invalid-hash'],
    [`a${over('['.repeat(8000))}`, 'invalid-requirement'],
    [`a>=1${over(', '.repeat(4000))}`, 'invalid-requirement'],
    [Array.from({ length: 5000 }, (_, at) => `a==${at}`).join('\n'), 'duplicate-requirement'],
  ];
  for (const [list, code] of rows) t.equal(parseRequirementsList(list).faults[0]?.code, code, list.slice(0, 20));
});
