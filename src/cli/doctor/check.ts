import { WheelmillError } from '../../errors.ts';

/** What a look at one thing found. `found` is one line; `advice` says what to do where `found` does not. */
export type Finding = { level: 'ok' | 'warning' | 'wrong'; found: string; advice?: string };

/** One thing a server needs. What `look` throws is a finding too: its message is for a person. */
export type Check = { name: string; seconds: number; look(signal: AbortSignal): Promise<Finding> };

export type Result = Finding & { check: string };

export const ok = (found: string): Finding => ({ level: 'ok', found });
export const warning = (found: string, advice: string): Finding => ({ level: 'warning', found, advice });
/** What follows from another fault is told as that one's, not as one more. */
export const notLookedAt = (why: string, first: string): Finding => warning(`not looked at: ${why}`, first);
export const wrong = (found: string, advice: string): Finding => ({ level: 'wrong', found, advice });

/** The worst of several findings of one check, with the words of all. */
export function together(findings: readonly Finding[]): Finding {
  const rank = { ok: 0, warning: 1, wrong: 2 } as const;
  const worst = findings.reduce((one, other) => (rank[other.level] > rank[one.level] ? other : one));
  const advice = findings.flatMap((one) => (one.advice === undefined ? [] : [one.advice]));
  return {
    level: worst.level,
    found: findings.map((one) => one.found).join('; '),
    ...(advice.length > 0 && { advice: [...new Set(advice)].join(' ') }),
  };
}

/** Runs a check within its time. It never fails: what does not answer is a finding. */
export async function runCheck({ name, seconds, look }: Check): Promise<Result> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      ending.abort();
      resolve(
        wrong(`no answer within ${seconds} s`, 'Look whether it is overloaded, or something between drops packets.'),
      );
    }, seconds * 1000);
  });
  try {
    return { check: name, ...(await Promise.race([look(ending.signal).catch(asFinding), late])) };
  } finally {
    clearTimeout(timer);
  }
}

function asFinding(error: unknown): Finding {
  // Ours end with what to do; of others the first line is all that a person can use.
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof WheelmillError) return { level: 'wrong', found: text.replaceAll('\n', ' ') };
  return { level: 'wrong', found: text.split('\n')[0] ?? '' };
}
