import type { Check } from './check.ts';
import type { Clock } from './clock.ts';
import type { DoctorContext } from './context.ts';
import type { Room } from './disk.ts';

/** What one kind of builder adds to the examination, and what the common checks need of it. */
export type BuilderChecks = {
  context: DoctorContext;
  checks: Check[];
  clocks: Clock[];
  rooms(): Promise<Room[]>;
};
