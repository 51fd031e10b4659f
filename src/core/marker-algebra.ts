import type { Marker, MarkerComparison, MarkerGroup, MarkerMembership } from './marker-syntax.ts';

/** One test of a marker. */
export type MarkerAtom = MarkerComparison | MarkerMembership;

/**
 * The marker with everything decided that is known already: true or false where nothing is left to ask.
 * @param known what an atom is, undefined where that depends on the target
 */
export function reduceMarker(marker: Marker, known: (atom: MarkerAtom) => boolean | undefined): Marker | boolean {
  if (marker.kind === 'comparison' || marker.kind === 'membership') return known(marker) ?? marker;
  const terms = marker.terms.map((term) => reduceMarker(term, known));
  return joined(marker.kind, terms);
}

/** All must hold; true without any. */
export function allOf(markers: readonly (Marker | boolean)[]): Marker | boolean {
  return joined('and', markers);
}

/** One must hold; false without any. */
export function anyOf(markers: readonly (Marker | boolean)[]): Marker | boolean {
  return joined('or', markers);
}

function joined(kind: MarkerGroup['kind'], terms: readonly (Marker | boolean)[]): Marker | boolean {
  // What makes an "or" true makes an "and" false.
  const decisive = kind === 'or';
  if (terms.includes(decisive)) return decisive;
  const open = terms.filter((term): term is Marker => typeof term !== 'boolean');
  const flat = open.flatMap((term) => (term.kind === kind ? term.terms : [term]));
  return flat.length > 1 ? { kind, terms: flat } : (flat[0] ?? !decisive);
}
