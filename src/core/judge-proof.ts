import type { Found, ModuleFinding, Unresolved } from './proof-findings.ts';
import type { SharedLibrary } from './records/libraries.ts';
import type { NotImported, ProofFailure } from './records/proof.ts';

/** A wheel of a list; `isSubject`: the proof is of it, and not only done with it. */
export type ListedWheel = {
  project: string;
  filename: string;
  isSubject: boolean;
  /** What it asks for, with the packages that are known to have it. */
  libraries?: readonly SharedLibrary[] | undefined;
};

export type Verdict = {
  failures: ProofFailure[];
  notImported: NotImported[];
  /** Why nothing can be said of the list: a wheel of it that was not built here cannot be installed, or memory was short. */
  unprovable?: string;
};

/** The first faults of a wheel tell why it failed; hundreds more help nobody. */
const FAULTS_SHOWN = 5;
/** Of modules that pass all the same. */
const MODULES_SHOWN = 100;

/**
 * What findings in the runtime image say of the wheels that were built: a library that is missing, an undefined symbol, a
 * crash, or an import that fails is a wheel that does not load. An import that fails in the build image in the same way says
 * nothing of the runtime image, and one that fails for another wheel says nothing of its own: both are named and pass.
 *
 * @param image the runtime image and what was added to it, for sentences
 * @param there what was found in the build image, where that was asked
 */
export function judgeProof(
  image: string,
  wheels: readonly ListedWheel[],
  here: Found,
  there?: Pick<Found, 'modules' | 'owners'>,
): Verdict {
  const byName = new Map(wheels.map((wheel) => [wheel.filename, wheel]));
  const subject = (filename: string) => {
    const wheel = byName.get(filename);
    return wheel?.isSubject ? wheel : undefined;
  };
  const owner = (library: string) => {
    const known = wheels.flatMap((one) => one.libraries ?? []).find((one) => one.soname === library && one.package);
    return known?.package ?? there?.owners[library];
  };
  const failures: ProofFailure[] = [];
  const notImported: NotImported[] = [];
  const fail = (filename: string, about: Pick<ProofFailure, 'module' | 'library' | 'message'>) => {
    const wheel = subject(filename);
    if (!wheel || failures.filter((one) => one.filename === filename).length === FAULTS_SHOWN) return;
    const { library } = about;
    const has = library && owner(library);
    const message = has ? `${about.message} The Debian package ${has} has ${library}.` : about.message;
    failures.push({ project: wheel.project, filename, ...about, message, ...(has && { package: has }) });
  };
  for (const { wheel, message } of here.uninstallable)
    fail(wheel, { message: `${wheel} cannot be installed in ${image}: ${sentence(message)}` });
  for (const { wheel, file, library } of firstOfEach(here.unresolved))
    fail(wheel, { library, message: `${file} of ${wheel} asks for ${library}, which ${image} does not have.` });
  for (const one of here.modules) {
    const wheel = subject(one.wheel);
    if (!wheel || one.outcome === 'imported') continue;
    const blamed = culprit(one, here.modules);
    const because = blamed !== undefined && byName.has(blamed) ? blamed : undefined;
    const about = { project: wheel.project, module: one.module, message: how(one) };
    if (isExcusable(one) && there?.modules.some((other) => isSame(one, other))) notImported.push(about);
    else {
      if (because !== undefined) notImported.push({ ...about, because });
      // Who is to blame by its own import is told of there.
      if (because !== undefined && because !== one.within) continue;
      const library = libraryIn(one.message);
      const message = `${one.module} of ${one.wheel} cannot be imported in ${image}: ${sentence(how(one))}`;
      fail(because ?? one.wheel, { module: one.module, ...(library && { library }), message });
    }
  }
  // Nobody in there kills modules; the kernel does when memory is short.
  const killed = here.modules.find(({ signal }) => signal === 'SIGKILL');
  const foreign = here.uninstallable.find(({ wheel }) => !subject(wheel));
  return {
    failures,
    notImported: notImported.slice(0, MODULES_SHOWN),
    ...(killed && {
      unprovable: `${killed.module} was killed while it was imported: the memory of a build is too little.`,
    }),
    ...(foreign && { unprovable: `${foreign.wheel} cannot be installed in ${image}: ${sentence(foreign.message)}` }),
  };
}

/** Whether the build image has to be asked: something was not imported for a reason that may be the same there. */
export function needsComparison(here: Found): boolean {
  return here.modules.some((one) => one.outcome !== 'imported' && isExcusable(one));
}

/** Libraries that somebody misses, to be asked for in the build image. */
export function missedLibraries(here: Found): string[] {
  const named = here.modules.flatMap(({ message }) => libraryIn(message) ?? []);
  return [...new Set([...here.unresolved.map(({ library }) => library), ...named])].sort();
}

/** A crash and an undefined symbol are faults of the wheel wherever they are met. */
function isExcusable({ outcome, message = '' }: ModuleFinding): boolean {
  return outcome !== 'crashed' && !/undefined symbol/.test(message);
}

/** Addresses of objects differ from run to run. */
const plain = (text = '') => text.replace(/\b0x[0-9a-f]+\b/gi, '0x');

function isSame(one: ModuleFinding, other: ModuleFinding): boolean {
  return (
    one.wheel === other.wheel &&
    one.module === other.module &&
    one.outcome === other.outcome &&
    one.exception === other.exception &&
    plain(one.message) === plain(other.message)
  );
}

/** The other wheel that is to blame: its extension module does not load, or a module of its own fails with the same words. */
function culprit({ wheel, within, through = [], ...one }: ModuleFinding, all: readonly ModuleFinding[]) {
  if (within !== undefined && within !== wheel) return within;
  return through.find((other) =>
    all.some(
      (its) =>
        its.wheel === other &&
        its.outcome === one.outcome &&
        its.exception === one.exception &&
        plain(its.message) === plain(one.message),
    ),
  );
}

/** One finding for each library of a wheel. */
function firstOfEach(unresolved: readonly Unresolved[]): Unresolved[] {
  const first = new Map(unresolved.toReversed().map((one) => [`${one.wheel} ${one.library}`, one]));
  return unresolved.filter((one) => first.get(`${one.wheel} ${one.library}`) === one);
}

const LIBRARY = /([A-Za-z0-9_][\w.+~-]*\.so(?:\.\w+)*)['"]?: cannot open shared object|cannot load library '([^'/]+)'/;

function libraryIn(message = ''): string | undefined {
  const [, opened, loaded] = LIBRARY.exec(message) ?? [];
  return opened ?? loaded;
}

function how({ outcome, exception, message, signal }: ModuleFinding): string {
  if (outcome === 'crashed') return `it crashed (${signal ?? 'signal'})`;
  if (outcome === 'slow') return 'it took too long';
  if (outcome === 'ended') return `it ended the interpreter${message ? ` (${message})` : ''}`;
  return message ? `${exception}: ${message}` : `${exception}`;
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
