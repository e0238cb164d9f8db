/**
 * What a TorchScript module takes and gives, from the text of its class: `def forward(self: __torch__.Net, x: Tensor) -> Tensor:`.
 * The types of PyTorch's own language have no element type and no shape for a tensor.
 */
import { plainText } from "../bytes/window-reader.ts";
import type { Signature, SignatureTensor } from "../contract.ts";

/** A module of tables takes some hundred tensors; its writer puts all of it into one line or one argument a line. */
const MAX_HEAD_CHARS = 64 * 1024;
const MAX_ENDS = 1_000;
const MAX_NAME_CHARS = 250;
const MAX_TYPE_CHARS = 100;

/** `source` is the text of the module's file, `name` the class in it. Null where it has no `forward`. */
export function signatureOfClass(source: string, name: string): Signature | null {
  const start = /^\w+$/.test(name) ? source.search(new RegExp(`^class ${name}\\(`, "m")) : -1;
  if (start < 0) return null;
  const next = source.indexOf("\nclass ", start + 1);
  const block = source.slice(start, next < 0 ? undefined : next);
  const at = block.search(/^ {2}def forward\(/m);
  if (at < 0) return null;
  const head = block.slice(at, at + MAX_HEAD_CHARS);
  const parts = splitList(head.slice(head.indexOf("(") + 1));
  if (parts === null) return null;
  const result = /^\s*->\s*/.exec(parts.rest);
  const returned = result === null ? null : typeBefore(parts.rest.slice(result[0].length), ":");
  const inputs = parts.items.slice(1).flatMap((item) => inputOf(item));
  if (inputs.length > MAX_ENDS) return null;
  return { inputs, outputs: returned === null ? [] : outputsOf(returned) };
}

/** `x: Tensor`, `n: int=1`. */
function inputOf(item: string): SignatureTensor[] {
  const [, name, type] = /^\s*(\w+)\s*:\s*([^=]+)/s.exec(item) ?? [];
  return name === undefined || type === undefined ? [] : [endOf(name, type)];
}

/** The members of a tuple are outputs of their own. */
function outputsOf(type: string): SignatureTensor[] {
  if (type === "NoneType") return [];
  const tuple = /^Tuple\[(.*)$/s.exec(type)?.[1];
  const parts = tuple === undefined ? null : splitList(tuple);
  if (parts === null || parts.rest.trim() !== "") return [endOf("output", type)];
  return parts.items.slice(0, MAX_ENDS).map((item, at) => endOf(`output${at}`, item));
}

function endOf(name: string, type: string): SignatureTensor {
  const plain = type.trim().replace(/\s+/g, " ");
  return {
    name: plainText(name, MAX_NAME_CHARS),
    dtype: plain === "Tensor" ? "UNKNOWN" : plainText(plain, MAX_TYPE_CHARS),
    shape: null,
  };
}

/** The items up to the bracket that closes the list, and what follows it; null when none does. */
function splitList(text: string): { items: string[]; rest: string } | null {
  const items: string[] = [];
  let depth = 0;
  let from = 0;
  const add = (to: number) => {
    const item = text.slice(from, to).trim();
    if (item !== "") items.push(item);
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "(" || character === "[") depth += 1;
    else if (character === ")" || character === "]") {
      if (depth === 0) {
        add(at);
        return { items, rest: text.slice(at + 1) };
      }
      depth -= 1;
    } else if (character === "," && depth === 0) {
      add(at);
      from = at + 1;
    }
  }
  return null;
}

function typeBefore(text: string, end: string): string | null {
  const at = text.indexOf(end);
  return at < 0 ? null : text.slice(0, at).trim();
}
