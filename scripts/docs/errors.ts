import { ERRORS, FAILURES } from '../../src/errors.ts';
import { table } from './table.ts';

// Problem documents point at their code on this page.
const anchored = (code: string) => `<a id="${code}"></a>\`${code}\``;

/** docs/errors.md */
export function errorsPage(): string {
  const failures = Object.entries(FAILURES).map(([code, { retry, hint }]) => [
    `<a id="reason-${code}"></a>\`${code}\``,
    retry ? 'yes' : 'no',
    hint,
  ]);
  const errors = Object.entries(ERRORS).map(([code, { status, title }]) => [anchored(code), String(status), title]);
  return `<!-- Generated from src/errors.ts by \`npm run docs\`. -->

# Errors

Codes and reasons are stable: programs may compare them. The sentences may change.

## Why a package failed

The \`reason\` of a failed item of a prebuild, and of a failed build. The item's \`message\` says what happened, \`logTail\` is the
end of its log. "Retry" says whether sending the same list again, with nothing changed, can help.

${table(['Reason', 'Retry', 'What it means, and what to do'], failures)}
## Errors of the HTTP interface and the command line

An error answer is a problem document (RFC 9457): see [http.md](http.md#errors).

${table(['Code', 'Status', 'Title'], errors)}`;
}
