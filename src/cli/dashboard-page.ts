const OF_THE_API = /\/api\/v1\/(prebuilds|builds)\/([0-9a-f]+)(?:\/log)?$/;

/** The page of the dashboard that shows what a URL of the API names: a prebuild, a build or its log. Any other URL comes out as it is. */
export function dashboardPage(url: string): string {
  return url.replace(OF_THE_API, '/dashboard/$1/$2');
}
