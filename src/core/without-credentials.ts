/** User and password of a URL, as far as one can be told in a text (RFC 3986, section 3.2.1). Bounded: a line may be long. */
const USERINFO = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#"'<>@\\]+@/gi;
/** What comes in an Authorization header. */
const HEADER = /\b(Basic|Bearer) +[A-Za-z0-9+/=_.~-]{8,}/gi;
/** Tokens of this server; their ids are no secret. */
const TOKEN = /\bwm_([0-9a-f]{12})_[0-9a-z]{20,}/g;

/** The text without passwords in URLs, without Authorization values and without the secrets of tokens. */
export function withoutCredentials(text: string): string {
  return text.replace(USERINFO, '$1***@').replace(HEADER, '$1 ***').replace(TOKEN, 'wm_$1_***');
}
