import { CoreError } from './faults.ts';
import { isListCode, type ListCode } from './list-codes.ts';
import type { LogicalLine } from './list-lines.ts';

/** Something to tell about a line: a fault refuses the list, a warning only says what is not done. */
export interface Finding {
  readonly severity: 'fault' | 'warning';
  readonly code: ListCode;
  /** A sentence that says what to do. */
  readonly message: string;
}

export function fault(code: ListCode, message: string): Finding {
  return { severity: 'fault', code, message };
}

export function warning(code: ListCode, message: string): Finding {
  return { severity: 'warning', code, message };
}

/** A finding and where it belongs. */
export interface Located extends LogicalLine {
  readonly finding: Finding;
}

export function isFinding(value: unknown): value is Finding {
  return typeof value === 'object' && value !== null && 'severity' in value;
}

/** What `read` gives, or its parse error as a fault. */
export function orFault<T>(read: () => T): T | Finding {
  try {
    return read();
  } catch (error) {
    if (error instanceof CoreError && isListCode(error.code)) return fault(error.code, error.message);
    throw error;
  }
}

/** As much of a line as is repeated to people. */
const SHOWN_CHARS = 200;

/** A line as it may be shown and logged: index URLs carry passwords, and terminals obey control characters. */
export function shownLine(text: string): string {
  const safe = text
    .slice(0, 4 * SHOWN_CHARS)
    .replace(/:\/\/[^/\s]*@/g, '://***@')
    .replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
  return safe.length > SHOWN_CHARS ? `${safe.slice(0, SHOWN_CHARS - 1)}…` : safe;
}
