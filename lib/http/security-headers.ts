/** Headers of every answer that does not set its own: of pages through Next, of the API through `send-answer.ts`. */

/** Pages load nothing from elsewhere. Next's own inline bootstrap needs 'unsafe-inline', and its hot reload 'unsafe-eval'. */
export function securityHeaders(isDevelopment: boolean): Record<string, string> {
  const contentSecurityPolicy = [
    "default-src 'self'",
    `script-src 'self' 'unsafe-inline'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");

  return {
    "content-security-policy": contentSecurityPolicy,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}
