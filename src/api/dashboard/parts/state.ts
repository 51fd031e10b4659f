import { type Html, html } from '../../../core/html.ts';

type Tone = 'good' | 'bad' | 'busy' | 'idle' | 'warn';

const TONES: Readonly<Record<string, Tone>> = {
  ...{ stored: 'good', ready: 'good', ok: 'good', serving: 'good', proven: 'good', live: 'good', hit: 'good' },
  ...{ failed: 'bad', failing: 'bad', away: 'bad', down: 'bad', lost: 'bad', 'not served': 'bad' },
  ...{ partial: 'warn', attention: 'warn', yanked: 'warn', skipped: 'warn', unsandboxed: 'warn' },
  ...{ planning: 'busy', working: 'busy', proving: 'busy', fetching: 'busy', building: 'busy', checking: 'busy' },
  ...{ running: 'busy', starting: 'busy' },
};

/** A state as a word with a colour and a sign: who sees no colours, or nothing, has the word. */
export function stateMark(state: string): Html {
  return html`<span class="state ${TONES[state] ?? 'idle'}">${state}</span>`;
}
