/** An uploaded file in the place of an upstream URL: it is in the bucket, and no request is ever made for it. */
type UploadedFile = { project: string; sha256: string; filename: string };

const SCHEME = 'wheelmill-upload:';

export function uploadUrl({ project, sha256, filename }: UploadedFile): string {
  return `${SCHEME}${project}/${sha256}/${filename}`;
}

/** The file that such a URL names; undefined for every other URL. */
export function parseUploadUrl(url: string): UploadedFile | undefined {
  if (!url.startsWith(SCHEME)) return undefined;
  const [project = '', sha256 = '', filename = ''] = url.slice(SCHEME.length).split('/');
  return { project, sha256, filename };
}
