/** Bounds of histograms, in seconds. Each costs a series for every label: no finer than somebody would act on. */

/** Answers of HTTP: a page from memory takes a millisecond, a file that upstream must give first some seconds. */
export const ANSWERS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Phases of a build: from a pure wheel in a second to WHEELMILL_BUILD_TIMEOUT. */
export const BUILDS = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
