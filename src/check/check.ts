/** What is done with a wheel that a stranger made: check it as hostile input; one that was built here is tagged then. */
export { type CheckedWheel, checkWheel } from './check-wheel.ts';
export { type TaggedWheel, tagWheel } from './tag-wheel.ts';
