/** The answer of a route, before Node or Next sends it. */

/** An answer whose body is a text: the usual one, which needs no web stream. */
export type TextAnswer = {
  status: number;
  headers: Record<string, string>;
  /** null for an answer without a body. */
  body: string | null;
};

/** Bodies that are streams come as the web's `Response`. */
export type Answer = TextAnswer | Response;

export function isStreamed(answer: Answer): answer is Response {
  return answer instanceof Response;
}

/** The answer as Next (in development) and tests take it. */
export function toResponse(answer: Answer): Response {
  if (isStreamed(answer)) return answer;
  const { status, headers, body } = answer;
  return new Response(body, { status, headers });
}
