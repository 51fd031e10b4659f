/** What was being parsed when it failed. Callers translate these codes into their own errors at the edge. */
export type CoreErrorCode =
  | 'invalid-name'
  | 'invalid-version'
  | 'invalid-specifier'
  | 'invalid-marker'
  | 'unknown-marker-variable'
  | 'invalid-requirement'
  | 'direct-url'
  | 'invalid-filename'
  | 'invalid-tag'
  | 'invalid-metadata'
  | 'invalid-hash'
  | 'invalid-key'
  | 'invalid-json';

/** The one error type of the parsers in `core`: a stable code and a sentence that names the offending text. */
export class CoreError extends Error {
  readonly code: CoreErrorCode;

  constructor(code: CoreErrorCode, message: string) {
    super(message);
    this.name = 'CoreError';
    this.code = code;
  }
}

/** Longest piece of foreign text repeated in a message: enough to recognise it, too little to flood a log. */
const QUOTED_CHARS = 80;

/** Foreign text for a message: in double quotes, cut, with control characters escaped. */
export function quoted(text: string): string {
  const cut = text.length > QUOTED_CHARS ? `${text.slice(0, QUOTED_CHARS)}…` : text;
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}
