/** Word of what changed in the store, from every process that writes to it. It may be lost, and whoever sends it knows when. */
export type ProjectNews = {
  /** Calls the listener with the name of a project whose page or wheels changed, until the returned function is called. */
  watch(listener: (project: string) => void): () => void;
  /** All that changed since then (`performance.now()`) was told; Infinity while word may be lost. */
  completeSince(): number;
};

/** Of who listens to nobody: everything is looked up each time. */
export const NO_NEWS: ProjectNews = { watch: () => () => {}, completeSince: () => Number.POSITIVE_INFINITY };
