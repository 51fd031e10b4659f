/**
 * Every error a user can meet, in one table each: build failure reasons and API errors. Codes are stable and never
 * reused; `docs/errors.md` is generated from here (`npm run docs`).
 */

/** Why a build (or one item of a prebuild) failed. `retry` says whether trying again unchanged can help. */
export const FAILURES = {
  'upstream-unavailable': {
    retry: true,
    hint: 'The upstream index did not answer. Check WHEELMILL_UPSTREAM_URL and the network, then send the list again.',
  },
  'no-such-version': {
    retry: false,
    hint: 'The upstream index has no file that fits the requirement. Compare the line with what the project has there, and correct it.',
  },
  'no-wheel': {
    retry: false,
    hint: 'The list says --only-binary, and upstream has no wheel that fits. Ask for a version that has one, or leave the option out for this project.',
  },
  'no-sdist': {
    retry: false,
    hint: 'The list says --no-binary, and upstream has no sdist to build. Ask for a version that has one, or leave the option out for this project.',
  },
  quarantined: {
    retry: false,
    hint: 'Upstream has quarantined the project, as malware for instance, so nothing of it is built or handed out. Take it off the list.',
  },
  'resolve-failed': {
    retry: false,
    hint: 'No set of versions satisfies the whole list. The log names the requirements in conflict.',
  },
  'fetch-failed': { retry: true, hint: 'A file could not be downloaded from upstream. Send the list again later.' },
  'hash-mismatch': {
    retry: false,
    hint: 'The downloaded bytes differ from the hash given. Lock the list anew; if the hash is right, upstream is not.',
  },
  'missing-header': {
    retry: false,
    hint: 'A header or library is missing in the build image. Name the Debian package that has it: wheelmill recipe set PROJECT --package NAME. For the target local, install it.',
  },
  'missing-tool': {
    retry: false,
    hint: 'A program is missing in the build image. Name the Debian package that has it: wheelmill recipe set PROJECT --package NAME. For the target local, install it.',
  },
  'packages-failed': {
    retry: false,
    hint: 'The Debian packages of the recipe could not be added to the build image. The message names the package; correct the recipe.',
  },
  'python-incompatible': {
    retry: false,
    hint: "This version does not support the target's Python. Ask for a newer version or another target.",
  },
  'build-error': { retry: false, hint: "The package's own build failed. The log tail shows where." },
  'bad-wheel': { retry: false, hint: 'The build ended but its wheel is not valid. The message says what is wrong.' },
  'proof-failed': {
    retry: false,
    hint: 'The wheel was built and does not load in the runtime image: the message names module and library. It can be downloaded from its build, and is on no page. To take it all the same, send the list with proof=false.',
  },
  'timed-out': { retry: false, hint: 'The build ran longer than WHEELMILL_BUILD_TIMEOUT. Raise it if that is normal.' },
  silent: {
    retry: false,
    hint: 'The build printed nothing for WHEELMILL_SILENCE_TIMEOUT. Raise it if that is normal.',
  },
  'out-of-memory': { retry: false, hint: 'The build needed more than WHEELMILL_BUILD_MEMORY. Raise it.' },
  'out-of-disk': { retry: false, hint: 'The build filled its work folder. Raise WHEELMILL_BUILD_DISK.' },
  'too-many-processes': { retry: false, hint: 'The build started more processes than WHEELMILL_BUILD_PIDS allows.' },
  'output-too-large': { retry: false, hint: 'The wheel is larger than WHEELMILL_MAX_WHEEL_BYTES. Raise it.' },
  'log-too-large': { retry: false, hint: 'The build printed more than WHEELMILL_MAX_LOG_BYTES. Raise it.' },
  'needs-network': {
    retry: false,
    hint: 'The build tried to download something. Builds reach only the package index and the crates registry; fetch it into the sdist instead.',
  },
  'store-failed': { retry: true, hint: 'The object store refused a write. Check it with `wheelmill doctor`.' },
  deleted: {
    retry: false,
    hint: 'This very wheel was deleted here. Take that back with `wheelmill undelete`, or ask for another version.',
  },
  'worker-lost': { retry: true, hint: 'The worker or the Docker engine went away too often while this was built.' },
  'not-verifiable': {
    retry: false,
    hint: 'What this wheel was built from or with can no longer be had, so it cannot be built the same way again. The message names it.',
  },
  cancelled: { retry: true, hint: 'Somebody cancelled this build. Send the list again to build it.' },
  internal: {
    retry: true,
    hint: "Wheelmill itself failed, again and again. That is a bug: please report it with this message and the worker's log.",
  },
} as const satisfies Record<string, { retry: boolean; hint: string }>;

export type FailureReason = keyof typeof FAILURES;

/** What a person can do about a failure: what was found out about this one, else what the table says of its reason. */
export function hintOf({ reason, hint }: { reason: FailureReason; hint?: string | undefined }): string {
  return hint ?? FAILURES[reason].hint;
}

/** What a build looked for and did not find: what kind of thing, and its name as the build called it. */
export type Missing = { kind: 'header' | 'library' | 'module' | 'program'; name: string };

/** A shared library that a wheel asks for, by the name that the dynamic loader looks for. */
export type MissingLibrary = { kind: 'soname'; name: string };

/**
 * What may mend a failed build: something that has to be there, or a bound for a package of its environment. `dated`: the log
 * does not say which version was the last to do; the one of the package's own time is a better bound, where it can be found.
 */
export type Remedy = { missing: Missing } | { constraint: string; dated?: true };

/** A build, mirror or resolve that failed for a reason of the table; `message` is one sentence for a person. */
export class BuildFailure extends Error {
  readonly reason: FailureReason;
  /** The end of the log, where there is one. */
  readonly logTail: string | undefined;
  /** What a person can do, where more is known than what the table says of the reason. */
  readonly hint: string | undefined;
  /** What would have to be there for another try to succeed, where the log tells. */
  readonly remedy: Remedy | undefined;

  constructor(
    reason: FailureReason,
    message: string,
    options: {
      cause?: unknown;
      logTail?: string | undefined;
      hint?: string | undefined;
      remedy?: Remedy | undefined;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'BuildFailure';
    this.reason = reason;
    this.logTail = options.logTail;
    this.hint = options.hint;
    this.remedy = options.remedy;
  }

  get retry(): boolean {
    return FAILURES[this.reason].retry;
  }
}

/** Errors of the HTTP interface and the command line: HTTP status and title (RFC 9457). */
export const ERRORS = {
  'bad-request': { status: 400, title: 'The request is not valid' },
  'bad-list': { status: 400, title: 'The requirements list has faults' },
  'list-too-large': { status: 413, title: 'The requirements list is too large' },
  'bad-recipe': { status: 400, title: 'The recipe has faults' },
  'unknown-target': { status: 400, title: 'There is no such target' },
  'bad-upload': { status: 400, title: 'The upload has faults' },
  'upload-too-large': { status: 413, title: 'The upload is too large' },
  'already-exists': { status: 409, title: 'This file already exists with other contents' },
  'file-deleted': { status: 403, title: 'This file was deleted, and its name does not come back' },
  'name-taken-upstream': { status: 403, title: 'An upstream index has this name' },
  'name-not-checked': { status: 503, title: 'It is not known whether an upstream index has this name' },
  'would-hide-files': { status: 409, title: 'Files that the index shows would be hidden' },
  'unsupported-media-type': { status: 415, title: 'This content type is not accepted here' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'not-acceptable': { status: 406, title: 'None of the accepted content types can be given' },
  'not-ready': { status: 409, title: 'Not finished yet' },
  'being-built': { status: 503, title: 'The wheel is still being built' },
  'prebuild-failed': { status: 409, title: 'The prebuild did not end with all wheels' },
  'on-demand-failed': { status: 424, title: 'The wheel that was asked for could not be built' },
  'on-demand-refused': { status: 403, title: 'No wheel is built for this request' },
  'not-by-head': { status: 405, title: 'Only a GET can be answered here' },
  'not-verifiable': { status: 409, title: 'This build cannot be done again as it was' },
  'already-ended': { status: 409, title: 'It has ended already' },
  'still-wanted': { status: 409, title: 'Somebody still waits for this build' },
  'nothing-to-retry': { status: 409, title: 'It did not fail' },
  'target-changed': { status: 409, title: 'The target has another image now' },
  'wheels-deleted': { status: 410, title: 'Wheels of this list were deleted' },
  'yanked-upstream': { status: 409, title: 'The yank of this file is not ours to take back' },
  'being-changed': { status: 503, title: 'It is just being changed' },
  'being-cancelled': { status: 503, title: 'It is just being cancelled' },
  'token-missing': { status: 401, title: 'A token is needed' },
  'token-refused': { status: 401, title: 'The token does not count here' },
  'scope-missing': { status: 403, title: 'The token may not do this' },
  'foreign-origin': { status: 403, title: 'Requests from other web pages are refused' },
  'unknown-host': { status: 421, title: 'This server does not answer for that host name' },
  'queue-full': { status: 503, title: 'The server has more work than it takes' },
  'too-many-prebuilds': { status: 429, title: 'Too many prebuilds of one client are under way' },
  'too-many-requests': { status: 429, title: 'Too many requests of one client at once' },
  'rate-limited': { status: 429, title: 'Too many requests of one client in a minute' },
  'quota-used-up': { status: 429, title: 'The token has had its share' },
  'too-many-uploads': { status: 429, title: 'Too many uploads at once' },
  'queue-unavailable': { status: 503, title: 'The queue does not answer' },
  'store-unavailable': { status: 503, title: 'The object store does not answer' },
  'store-denied': { status: 503, title: 'The object store refuses the credentials' },
  'store-full': { status: 507, title: 'The object store is full' },
  'store-newer': { status: 503, title: 'A newer version of Wheelmill has written this' },
  'store-corrupt': { status: 500, title: 'A stored record cannot be read' },
  'upstream-unavailable': { status: 502, title: 'The upstream index does not answer' },
  'engine-unavailable': { status: 503, title: 'No Docker engine answers' },
  'engine-unfit': { status: 503, title: 'The Docker engine cannot keep builds in' },
  'target-differs': { status: 409, title: 'Another worker serves this target with other images' },
  'bad-tokens': { status: 500, title: 'The token file cannot be used' },
  'bad-config': { status: 500, title: 'The settings have faults' },
  'data-folder-in-use': { status: 500, title: 'Another process uses this data folder' },
  internal: { status: 500, title: 'Something went wrong in the server' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * An error with a stable code; `message` is a sentence that says what to do. `faults` lists all that is wrong where
 * there can be several. Foreign errors are translated where they are met, with the original in `cause`.
 */
export class WheelmillError extends Error {
  readonly code: ErrorCode;
  readonly faults: readonly unknown[] | undefined;
  /** Seconds after which the same may succeed, where that is known. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; faults?: readonly unknown[]; retryAfter?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'WheelmillError';
    this.code = code;
    this.faults = options.faults;
    this.retryAfter = options.retryAfter;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
