import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '../../test/services/state.ts';
import { median } from '../report.ts';

/** Keep-alive connections that ask all the time. */
export const CONNECTIONS = 32;
/** Seconds of one measurement, and of the one before it that does not count. */
const SECONDS = 4;
const WARM_UP = 1;
/** Measurements of each, in turn with all others, so that what else goes on on the machine meets all of them. */
const ROUNDS = 5;

/** What is asked for; `headers` beside those that wrk sends, `script` in its Lua. */
export type Question = {
  name: string;
  url: string;
  headers?: Record<string, string>;
  connections?: number;
  script?: string;
};

/** Answers in a second by name: of each round, their median, and that for people. */
export type Rates = Map<string, { all: readonly number[]; rate: number; shown: string }>;

/** Median of the rounds' own ratios: what else the machine does changes from round to round, and meets both in one. */
export function ratio(rates: Rates, name: string, other: string): number {
  const [one, two] = [rates.get(name)?.all ?? [], rates.get(other)?.all ?? []];
  return median(one.map((rate, round) => rate / (two[round] ?? 0)));
}

/** Answers in a second; 0 where it gave none. Throws where one was not a 200. */
async function ask(question: Question, seconds: number): Promise<number> {
  const headers = Object.entries(question.headers ?? {}).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const { url, connections = CONNECTIONS, script } = question;
  const scripted = script === undefined ? [] : ['-s', script];
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', ...headers, ...scripted, url];
  const { stdout } = await promisify(execFile)(findProgram('wrk'), args);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${question.name} (${question.url}): ${stdout}`);
  return Number(/Requests\/sec:\s*([\d.]+)/.exec(stdout)?.[1] ?? 0);
}

/** Asks all questions in turn, several times. */
export async function inTurn(questions: readonly Question[]): Promise<Rates> {
  for (const question of questions) await ask(question, WARM_UP);
  const rates = new Map(questions.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++)
    for (const question of questions) rates.get(question.name)?.push(await ask(question, SECONDS));
  return new Map([...rates].map(([name, all]) => [name, { all, rate: median(all), shown: inWords(all) }]));
}

function inWords(all: readonly number[]): string {
  const text = (value: number) => (value < 1000 ? value.toFixed(0) : value.toLocaleString('en', NO_FRACTION));
  return `${text(median(all))} (${text(Math.min(...all))} to ${text(Math.max(...all))})`;
}

const NO_FRACTION = { maximumFractionDigits: 0 };
