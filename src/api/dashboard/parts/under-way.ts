import { type Html, html } from '../../../core/html.ts';
import { count } from './amounts.ts';

/** Of a full queue the beginning is enough to look at. */
export const MOST_UNDER_WAY = 200;

/** Says that a list does not have all that is under way, where it is so. @param what several of them: `builds` */
export function moreUnderWay(what: string, underWay: number): Html | false {
  return (
    underWay > MOST_UNDER_WAY &&
    html`<p class="quiet">${count(underWay)} ${what} are under way; ${MOST_UNDER_WAY} of them are looked at here.</p>`
  );
}
