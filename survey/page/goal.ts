/** One number that the survey is for, and whether it is as good as it should be. */
export type Goal = { what: string; value: string; goal: string; isMet: boolean };

/** Cells of a row; a goal that is missed says so. */
export const goalCells = ({ what, value, goal, isMet }: Goal): string[] => [
  what,
  value,
  goal,
  isMet ? 'met' : '**missed**',
];

export const GOAL_HEAD = ['What', 'Result', 'Goal', ''];

/** `47 of 50 (94 %)`. */
export function share(some: number, all: number): string {
  return `${some} of ${all} (${all === 0 ? 0 : Math.floor((some / all) * 100)} %)`;
}
