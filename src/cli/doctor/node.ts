import { readFileSync } from 'node:fs';
import { type Check, ok, wrong } from './check.ts';

/** The oldest Node.js this runs on, as package.json has it; three folders up both in src and in dist. */
function oldest(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { engines: { node: string } }).engines.node.replace(/^>=/, '');
}

/** Whether a Node.js version is this one or newer. */
export function isEnough(version: string, least: string): boolean {
  const [have, need] = [version, least].map((one) => one.replace(/^v/, '').split('.').map(Number));
  const at = need!.findIndex((number, place) => have![place] !== number);
  return at === -1 || have![at]! > need![at]!;
}

export function nodeCheck(version = process.version): Check {
  return {
    name: 'node',
    seconds: 5,
    look: async () => {
      const least = oldest();
      if (isEnough(version, least)) return ok(`Node.js ${version}`);
      return wrong(`Node.js ${version} is too old`, `Install Node.js ${least} or newer.`);
    },
  };
}
