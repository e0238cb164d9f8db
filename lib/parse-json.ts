import { RegistryError } from "./errors.ts";

/** JSON from a client. Throws SyntaxError, and `invalid_request` for the key `__proto__`. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, refusePrototype);
}

// `__proto__` from JSON.parse is an own property, but one careless copy later it is not.
function refusePrototype(key: string, value: unknown): unknown {
  if (key !== "__proto__") return value;
  throw new RegistryError("invalid_request", "The key __proto__ is not allowed.", {
    problems: [{ pointer: "/__proto__", detail: "is not allowed" }],
  });
}
