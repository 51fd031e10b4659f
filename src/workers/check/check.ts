/** What the worker does with a wheel that came out of a container: check it as hostile input, then tag it. */
export { type CheckedWheel, checkWheel } from './check-wheel.ts';
export { type TaggedWheel, tagWheel } from './tag-wheel.ts';
