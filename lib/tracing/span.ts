/**
 * Spans of OpenTelemetry, where they are wanted: without the `OTEL_*` variables nothing of it is loaded, and each of these
 * functions is one comparison.
 */

export type Attributes = Record<string, string | number>;

export type Tracing = {
  /** Runs `work` in a span below the one that is active. */
  run<T>(
    span: SpanSettings,
    work: (set: (attributes: Attributes) => void) => Promise<T>,
  ): Promise<T>;
  isInside(): boolean;
};

export type SpanSettings = {
  name: string;
  kind: "server" | "client" | "internal";
  attributes: Attributes;
  /** The headers of a request, which may name the span that it belongs to. */
  headers?: Pick<Headers, "get">;
};

// Next has a copy of this module, so what is one for the process is kept in the global object.
const shared = globalThis as typeof globalThis & { registryTracing?: Tracing | undefined };

export function provideTracing(tracing: Tracing | undefined): void {
  shared.registryTracing = tracing;
}

export function isTracing(): boolean {
  return shared.registryTracing !== undefined;
}

/** A step of something that is traced. */
export function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  const tracing = shared.registryTracing;
  if (tracing === undefined) return work();
  return tracing.run({ name, kind: "internal", attributes }, work);
}

/** A call to another program or machine; only as a part of something else, since by itself it tells nothing. */
export function inCallSpan<T>(
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  const tracing = shared.registryTracing;
  if (!tracing?.isInside()) return work();
  return tracing.run({ name, kind: "client", attributes }, work);
}

/** The whole of a request. `route` is the path's pattern: names and ids would make every span another one. */
export function inRequestSpan<T extends { status: number }>(
  request: { method: string; route: string; headers: Pick<Headers, "get"> },
  work: () => Promise<T>,
): Promise<T> {
  const tracing = shared.registryTracing;
  if (tracing === undefined) return work();
  const { method, route, headers } = request;
  const attributes = { "http.request.method": method, "http.route": route };
  return tracing.run(
    { name: `${method} ${route}`, kind: "server", attributes, headers },
    async (set) => {
      const answer = await work();
      set({ "http.response.status_code": answer.status });
      return answer;
    },
  );
}
