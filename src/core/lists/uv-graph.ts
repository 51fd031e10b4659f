import { type Marker, parseMarker } from '../marker.ts';
import { allOf, anyOf } from '../marker-algebra.ts';
import { formatMarker } from '../marker-syntax.ts';

/*
 * Under which markers each package of a dependency graph is needed. A path from a root needs all markers along it, a
 * package any of its paths: a disjunction of conjunctions. Cycles end because a path that only adds to another one's
 * markers says nothing new.
 */

/** One dependency: what it leads to, and the marker under which it does. */
export type Edge = { to: string; marker: Marker | true };

/** Markers that must all hold, spelled out and sorted. */
type Path = readonly string[];

/** Real locks have two or three. With more, the marker would become too long to be read. */
const MAX_PATHS = 32;

/** Comparisons of one marker with another: locks of a thousand packages need some ten thousand. */
const MAX_WORK = 5_000_000;

/**
 * Walks the graph from its roots.
 *
 * @param edges the dependencies of a node, asked for each at most once
 * @returns the marker of each node that is reached; undefined where there are too many ways to reach one
 */
export function reachability(
  roots: readonly Edge[],
  edges: (node: string) => readonly Edge[],
): Map<string, Marker | true> | undefined {
  const walk = new Walk();
  for (const { to, marker } of roots) walk.reach(to, [pathOf(marker)]);
  const dependencies = new Map<string, readonly { to: string; path: Path }[]>();
  for (const node of walk.waiting) {
    walk.waiting.delete(node);
    const known = dependencies.get(node) ?? edges(node).map(({ to, marker }) => ({ to, path: pathOf(marker) }));
    dependencies.set(node, known);
    const paths = walk.reached.get(node) ?? [];
    for (const { to, path } of known)
      walk.reach(
        to,
        paths.map((one) => both(one, path)),
      );
    if (walk.tooFar) return undefined;
  }
  if (walk.tooFar) return undefined;
  return new Map([...walk.reached].map(([node, paths]) => [node, markerOf(paths)]));
}

class Walk {
  readonly reached = new Map<string, readonly Path[]>();
  /** Nodes that were reached in a new way since their dependencies were followed. */
  readonly waiting = new Set<string>();
  tooFar = false;
  #work = 0;

  reach(to: string, paths: readonly Path[]): void {
    if (this.tooFar) return;
    const before = this.reached.get(to) ?? [];
    const after = this.#shortest([...before, ...paths]);
    this.#work += 1;
    if (after.length > MAX_PATHS || this.#work > MAX_WORK) this.tooFar = true;
    if (this.reached.has(to) && after.length === before.length && after.every((one, at) => one === before[at])) return;
    this.reached.set(to, after);
    this.waiting.add(to);
  }

  /** Without the paths that need all that another one needs. */
  #shortest(paths: readonly Path[]): Path[] {
    let kept: Path[] = [];
    for (const path of paths) {
      if (this.#work > MAX_WORK) return kept;
      if (kept.some((one) => this.#includesAll(path, one))) continue;
      kept = [...kept.filter((one) => !this.#includesAll(one, path)), path];
    }
    return kept;
  }

  #includesAll(path: Path, other: Path): boolean {
    this.#work += 1 + other.length * path.length;
    return other.length <= path.length && other.every((term) => path.includes(term));
  }
}

function pathOf(marker: Marker | true): Path {
  if (marker === true) return [];
  return marker.kind === 'and' ? marker.terms.map(formatMarker).sort() : [formatMarker(marker)];
}

function both(one: Path, other: Path): Path {
  if (other.length === 0) return one;
  return one.length === 0 ? other : [...new Set([...one, ...other])].sort();
}

function markerOf(paths: readonly Path[]): Marker | true {
  const marker = anyOf(paths.map((path) => allOf(path.map((term) => parseMarker(term)))));
  return marker === false ? true : marker;
}
