/** The OpenAPI document -> what the reference shows. Pure. */
import { curlExample } from "./curl-example.ts";
import { type Field, fieldOf, fieldsOf, type Schema, typeOf } from "./schema-fields.ts";

type Content = Record<string, { schema?: Schema }>;
type OpenApiOperation = {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { content?: Content };
  responses?: Record<string, { description?: string; content?: Content }>;
  /** The codes that a route names; lib/http/openapi.ts writes them. */
  "x-error-codes"?: string[];
};
export type OpenApiDocument = {
  servers?: { url: string }[];
  paths?: Record<string, Record<string, unknown>>;
};

export type Body = { mediaType: string; type: string; fields: Field[] };
export type Operation = {
  id: string;
  method: string;
  /** The path with the server's prefix. */
  path: string;
  summary: string;
  description: string;
  group: string;
  parameters: (Field & { where: string })[];
  bodies: Body[];
  responses: { status: string; description: string; body: Body | null }[];
  /** Error codes that are particular to the operation; each has a row in the error table. */
  errorCodes: string[];
  curl: string;
};

const METHODS = ["get", "head", "post", "put", "patch", "delete"];

/** Every operation in the document's order; of the error answers only the particular codes are kept. */
export function readOperations(document: OpenApiDocument, origin: string): Operation[] {
  const prefix = document.servers?.[0]?.url ?? "";
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const found = item[method] as OpenApiOperation | undefined;
      return found ? [toOperation(found, method.toUpperCase(), `${prefix}${path}`, origin)] : [];
    }),
  );
}

function toOperation(
  found: OpenApiOperation,
  method: string,
  path: string,
  origin: string,
): Operation {
  const content = found.requestBody?.content ?? {};
  return {
    id: found.operationId ?? `${method} ${path}`,
    method,
    path,
    summary: found.summary ?? "",
    description: found.description ?? "",
    group: found.tags?.[0] ?? "",
    parameters: (found.parameters ?? []).map((parameter) => ({
      ...fieldOf(
        parameter.name,
        parameter.schema ?? {},
        parameter.in === "path" || parameter.required === true,
      ),
      where: parameter.in,
    })),
    bodies: Object.entries(content).map(([type, { schema }]) => toBody(type, schema ?? {})),
    responses: Object.entries(found.responses ?? {})
      .filter(([status]) => /^[23]/.test(status))
      .map(([status, response]) => {
        const [first] = Object.entries(response.content ?? {});
        return {
          status,
          description: response.description ?? "",
          body: first ? toBody(first[0], first[1].schema ?? {}) : null,
        };
      }),
    errorCodes: found["x-error-codes"] ?? [],
    curl: curlExample({ method, path, origin, content }),
  };
}

function toBody(mediaType: string, schema: Schema): Body {
  return { mediaType, type: typeOf(schema), fields: fieldsOf(schema) };
}

/** Operations that hold every word of `query` in their path, name, summary or group. */
export function matching(operations: readonly Operation[], query: string): Operation[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter((operation) => {
    const { id, method, path, summary, group, parameters } = operation;
    const names = parameters.map(({ name }) => name);
    const text = [id, method, path, summary, group, ...names].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Groups in the order of their first operation. */
export function grouped(operations: readonly Operation[]): [group: string, Operation[]][] {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    groups.set(operation.group, [...(groups.get(operation.group) ?? []), operation]);
  }
  return [...groups];
}
