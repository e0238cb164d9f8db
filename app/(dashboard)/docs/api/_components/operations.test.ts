import { expect, test } from "vitest";
import { curlExample } from "./curl-example.ts";
import { grouped, matching, readOperations } from "./operations.ts";
import { fieldsOf, typeOf } from "./schema-fields.ts";

const document = {
  servers: [{ url: "/api/v1" }],
  paths: {
    "/models/{name}/versions/{ref}/stage": {
      post: {
        operationId: "set_stage",
        summary: "Move a version to a stage",
        tags: ["Versions"],
        parameters: [{ name: "name", in: "path", required: true, schema: { type: "string" } }],
        requestBody: {
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: { stage: { type: "string" }, comment: { type: "string" } },
                required: ["stage"],
              },
            },
          },
        },
        responses: {
          200: {
            description: "OK",
            content: { "application/json": { schema: { type: "object" } } },
          },
          404: { description: "Not found" },
        },
        "x-error-codes": ["version_not_found", "forbidden"],
      },
    },
    "/stats": { get: { operationId: "get_stats", summary: "Totals", tags: ["Operation"] } },
  },
};

test("nested fields follow their parent, with their full path", () => {
  const fields = fieldsOf({
    type: "object",
    required: ["files"],
    properties: {
      files: {
        type: "array",
        items: { type: "object", required: ["path"], properties: { path: { type: "string" } } },
      },
      limit: { type: "integer", minimum: 1, maximum: 200, default: 50 },
    },
  });
  expect(fields).toEqual([
    { name: "files", type: "object[]", isRequired: true },
    { name: "files[].path", type: "string", isRequired: true },
    { name: "limit", type: "integer", isRequired: false, default: "50", range: "1 – 200" },
  ]);
});

test.each([
  [{ type: ["integer", "null"] }, "integer | null"],
  [{ type: "string", format: "date-time" }, "date-time"],
  [{ type: "object", additionalProperties: { type: "number" } }, "map<string, number>"],
  [
    { type: "array", items: { anyOf: [{ type: "number" }, { type: "null" }] } },
    "(number | null)[]",
  ],
  [{}, "any"],
])("the type of %j is %s", (schema, type) => {
  expect(typeOf(schema)).toBe(type);
});

test("an operation has its full path, its answers and a command that names what is required", () => {
  const [stage] = readOperations(document, "http://host:8080");
  expect(stage?.path).toBe("/api/v1/models/{name}/versions/{ref}/stage");
  expect(stage?.responses.map(({ status }) => status)).toEqual(["200"]);
  expect(stage?.errorCodes).toEqual(["version_not_found", "forbidden"]);
  expect(stage?.curl).toBe(
    [
      "curl -X POST http://host:8080/api/v1/models/my-model/versions/1.0.0/stage",
      "  -H 'Content-Type: application/json'",
      `  -d '{"stage":"production"}'`,
    ].join(" \\\n"),
  );
});

test("a search finds operations by all of its words, in any order and case", () => {
  const operations = readOperations(document, "");
  expect(matching(operations, "VERSION move").map(({ id }) => id)).toEqual(["set_stage"]);
  expect(matching(operations, "version totals")).toEqual([]);
  expect(grouped(matching(operations, "")).map(([group]) => group)).toEqual([
    "Versions",
    "Operation",
  ]);
});

test("registrations send a form, downloads keep the file's name, events are not held back", () => {
  const at = (method: string, path: string, content = {}) =>
    curlExample({ method, path, origin: "", content });
  expect(at("POST", "/models", { "multipart/form-data": {}, "application/json": {} })).toBe(
    "curl /models \\\n  -F name=my-model \\\n  -F file=@model.safetensors",
  );
  expect(at("GET", "/models/{name}/versions/{ref}/download")).toBe(
    "curl -OJ /models/my-model/versions/1.0.0/download",
  );
  expect(at("GET", "/events")).toBe("curl -N /events");
  expect(at("DELETE", "/models/{name}")).toBe("curl -X DELETE /models/my-model");
});
