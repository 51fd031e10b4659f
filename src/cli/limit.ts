import { InvalidArgumentError } from 'commander';

/** More than anybody reads; who wants all of them asks the HTTP interface page by page. */
const MOST = 10_000;

/** Reads the number of a `--limit`. @throws InvalidArgumentError, which commander shows with the option */
export function limitOf(text: string): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MOST) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST}.`);
}
