import type { Html } from '../../core/html.ts';
import type { Change } from '../../workers/queue/queue.ts';
import type { Viewer } from './viewer.ts';

/** The sections of the navigation. */
export const SECTIONS = ['overview', 'prebuilds', 'builds', 'projects', 'targets', 'failures'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** What a page is made from: values that the route's schemas have checked. */
export type Ask = {
  params: Record<string, string>;
  query: Record<string, string>;
  viewer: Viewer;
  now: number /** It is for a page that is open already. */;
  isUpdate: boolean;
};

/** One part of a page. Names are unique on the page; what changes while it is open is replaced part by part. */
export type Part = { name: string; body: Html /** Is filled by the script, and not replaced. */; still?: boolean };

export type Page = {
  title: string;
  section: SectionName;
  parts: Part[];
  /** The route of the same as JSON, where there is one. */
  json?: string;
  /** Nothing on it changes any more but by somebody's wish. */
  ended?: boolean;
};

/** A page and, where it changes by itself, which news it changes by. */
export type PageMaker = {
  make(ask: Ask): Promise<Page>;
  concerns?: (change: Change, ask: Pick<Ask, 'params'>) => boolean;
};
