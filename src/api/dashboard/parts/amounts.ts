import { type Html, html } from '../../../core/html.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `412 ms`, `3.4 s`, `2 min 5 s`, `3 h 20 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < SECOND) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 10 * SECOND) return `${(milliseconds / SECOND).toFixed(1)} s`;
  if (milliseconds < MINUTE) return `${Math.round(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) return two(milliseconds, MINUTE, 'min', SECOND, 's');
  if (milliseconds < 2 * DAY) return two(milliseconds, HOUR, 'h', MINUTE, 'min');
  return two(milliseconds, DAY, 'days', HOUR, 'h');
}

function two(milliseconds: number, unit: number, name: string, lower: number, lowerName: string): string {
  const rest = Math.floor((milliseconds % unit) / lower);
  return `${Math.floor(milliseconds / unit)} ${name}${rest > 0 ? ` ${rest} ${lowerName}` : ''}`;
}

/** `1.4 GiB`, binary as the settings are. */
export function bytes(amount: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = amount < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(amount) / 10));
  const value = amount / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** `12,345`. */
export function count(amount: number): string {
  return amount.toLocaleString('en-US');
}

/** `1 wheel`, `12,345 wheels`. */
export function plural(amount: number, name: string): string {
  return `${count(amount)} ${name}${amount === 1 ? '' : 's'}`;
}

/** `2026-11-26 06:42:31 UTC`. */
export function moment(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

/** How long ago something was, with the moment for who wants to know. */
export function ago(iso: string, now: number): Html {
  const passed = Math.max(0, now - Date.parse(iso));
  const text = passed < MINUTE ? 'just now' : `${coarse(passed)} ago`;
  return html`<time datetime="${iso}" title="${moment(iso)}">${text}</time>`;
}

function coarse(passed: number): string {
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min`;
  if (passed < 2 * DAY) return `${Math.floor(passed / HOUR)} h`;
  return `${Math.floor(passed / DAY)} days`;
}

/** How long something has been going on; the script counts on. */
export function elapsed(since: string, now: number): Html {
  return html`<time datetime="${since}" title="since ${moment(since)}" data-since>${duration(seconds(now - Date.parse(since)))}</time>`;
}

const seconds = (milliseconds: number): number => Math.max(SECOND, Math.floor(milliseconds / SECOND) * SECOND);
