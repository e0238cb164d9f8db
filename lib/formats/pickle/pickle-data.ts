/** The opcodes of plain data: numbers, texts, and the containers that they go into. */
import {
  decodeBinaryLong,
  decodeInt,
  decodeLong,
  decodeQuoted,
  decodeRawUnicode,
} from "./pickle-decode.ts";
import { OP as OPCODES } from "./pickle-opcodes.ts";
import type { PickleStack } from "./pickle-stack.ts";
import { isObject, OPAQUE, type PickleValue } from "./pickle-values.ts";

/** A local name: bundlers make a getter of an imported name, and the switch would call it for every case. */
const OP = OPCODES;

/** Executes an opcode of plain data; returns what it pushes, if it pushes. */
export function executeData(
  op: number,
  stack: PickleStack,
  buffer: Buffer,
  start: number,
  end: number,
): PickleValue | undefined {
  switch (op) {
    case OP.NONE:
      return null;
    case OP.NEWTRUE:
      return true;
    case OP.NEWFALSE:
      return false;
    case OP.BININT:
      return buffer.readInt32LE(start);
    case OP.BININT1:
      return buffer[start] as number;
    case OP.BININT2:
      return buffer.readUInt16LE(start);
    case OP.INT:
      return decodeInt(buffer.toString("latin1", start, end));
    case OP.LONG:
      return decodeLong(buffer.toString("latin1", start, end));
    case OP.LONG1:
    case OP.LONG4:
      return decodeBinaryLong(buffer, start, end);
    case OP.FLOAT:
      return Number(buffer.toString("latin1", start, end));
    case OP.BINFLOAT:
      return buffer.readDoubleBE(start);
    case OP.STRING:
      return decodeQuoted(buffer.toString("latin1", start, end));
    case OP.BINSTRING:
    case OP.SHORT_BINSTRING:
      return buffer.toString("latin1", start, end);
    case OP.UNICODE:
      return decodeRawUnicode(buffer.toString("latin1", start, end));
    case OP.BINUNICODE:
    case OP.BINUNICODE8:
    case OP.SHORT_BINUNICODE:
      return buffer.toString("utf8", start, end);
    case OP.BINBYTES:
    case OP.BINBYTES8:
    case OP.SHORT_BINBYTES:
    case OP.BYTEARRAY8:
      return { kind: "bytes", length: end - start };
    case OP.NEXT_BUFFER:
      return OPAQUE;
    case OP.READONLY_BUFFER:
      return;
    default:
      return executeContainer(op, stack);
  }
}

function executeContainer(op: number, stack: PickleStack): PickleValue | undefined {
  switch (op) {
    case OP.EMPTY_TUPLE:
      return stack.made({ kind: "tuple", items: [] }, 0);
    case OP.TUPLE1:
      return stack.made({ kind: "tuple", items: [stack.pop()] }, 1);
    case OP.TUPLE2: {
      const second = stack.pop();
      return stack.made({ kind: "tuple", items: [stack.pop(), second] }, 2);
    }
    case OP.TUPLE3: {
      const third = stack.pop();
      const second = stack.pop();
      return stack.made({ kind: "tuple", items: [stack.pop(), second, third] }, 3);
    }
    case OP.TUPLE:
      return sequence(stack, "tuple", stack.popToMark());
    case OP.EMPTY_LIST:
      return stack.made({ kind: "list", items: [] }, 0);
    case OP.LIST:
      return sequence(stack, "list", stack.popToMark());
    case OP.EMPTY_SET:
      return stack.made({ kind: "set", items: [] }, 0);
    case OP.FROZENSET:
      return sequence(stack, "set", stack.popToMark());
    case OP.EMPTY_DICT:
      return stack.made({ kind: "dict", entries: [] }, 0);
    case OP.DICT: {
      const entries = stack.popToMark();
      return stack.made({ kind: "dict", entries }, entries.length);
    }
    case OP.APPEND:
      extend(stack, [stack.pop()]);
      return;
    case OP.APPENDS:
    case OP.ADDITEMS:
      extend(stack, stack.popToMark());
      return;
    case OP.SETITEM: {
      const value = stack.pop();
      setItems(stack, [stack.pop(), value]);
      return;
    }
    case OP.SETITEMS:
      setItems(stack, stack.popToMark());
      return;
  }
}

function extend(stack: PickleStack, values: PickleValue[]): void {
  const target = stack.top();
  if (isObject(target) && "items" in target) stack.keep(target.items, values);
}

function setItems(stack: PickleStack, values: PickleValue[]): void {
  const target = stack.top();
  if (values.length % 2 !== 0) stack.fail("it sets a key without a value");
  if (isObject(target) && "entries" in target) stack.keep(target.entries, values);
}

function sequence(stack: PickleStack, kind: "tuple" | "list" | "set", items: PickleValue[]) {
  return stack.made({ kind, items }, items.length);
}
