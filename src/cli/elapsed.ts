/** A time in words for people: `0.4s`, `41s`, `3m 20s`, `2h 5m`. In: milliseconds; a clock that is a little off makes none negative. */
export function elapsed(milliseconds: number): string {
  const exact = Math.max(0, milliseconds) / 1000;
  if (exact < 9.95) return `${exact.toFixed(1)}s`;
  const seconds = Math.round(exact);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m ${seconds % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
