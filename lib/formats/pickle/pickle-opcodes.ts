/**
 * The opcodes of pickle protocols 0 to 5 (Python's Lib/pickle.py and Lib/pickletools.py) and how each
 * one's argument is laid out.
 */
export const OP = {
  MARK: 0x28,
  STOP: 0x2e,
  POP: 0x30,
  POP_MARK: 0x31,
  DUP: 0x32,
  FLOAT: 0x46,
  INT: 0x49,
  BININT: 0x4a,
  BININT1: 0x4b,
  LONG: 0x4c,
  BININT2: 0x4d,
  NONE: 0x4e,
  PERSID: 0x50,
  BINPERSID: 0x51,
  REDUCE: 0x52,
  STRING: 0x53,
  BINSTRING: 0x54,
  SHORT_BINSTRING: 0x55,
  UNICODE: 0x56,
  BINUNICODE: 0x58,
  APPEND: 0x61,
  BUILD: 0x62,
  GLOBAL: 0x63,
  DICT: 0x64,
  EMPTY_DICT: 0x7d,
  APPENDS: 0x65,
  GET: 0x67,
  BINGET: 0x68,
  INST: 0x69,
  LONG_BINGET: 0x6a,
  LIST: 0x6c,
  EMPTY_LIST: 0x5d,
  OBJ: 0x6f,
  PUT: 0x70,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  EMPTY_TUPLE: 0x29,
  SETITEMS: 0x75,
  BINFLOAT: 0x47,
  BINBYTES: 0x42,
  SHORT_BINBYTES: 0x43,
  PROTO: 0x80,
  NEWOBJ: 0x81,
  EXT1: 0x82,
  EXT2: 0x83,
  EXT4: 0x84,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
  LONG4: 0x8b,
  SHORT_BINUNICODE: 0x8c,
  BINUNICODE8: 0x8d,
  BINBYTES8: 0x8e,
  EMPTY_SET: 0x8f,
  ADDITEMS: 0x90,
  FROZENSET: 0x91,
  NEWOBJ_EX: 0x92,
  STACK_GLOBAL: 0x93,
  MEMOIZE: 0x94,
  FRAME: 0x95,
  BYTEARRAY8: 0x96,
  NEXT_BUFFER: 0x97,
  READONLY_BUFFER: 0x98,
} as const;

/** Layouts of an argument. Those up to `FIXED8` are their own length plus one. */
export const ARG = {
  INVALID: 0,
  NONE: 1,
  FIXED1: 2,
  FIXED2: 3,
  FIXED4: 5,
  FIXED8: 9,
  LINE: 10,
  TWO_LINES: 11,
  /** A length of 1, 4 or 8 bytes (little-endian), then as many bytes. */
  COUNTED1: 12,
  COUNTED4: 13,
  COUNTED8: 14,
} as const;

/** Layout of each byte value's argument. */
export const LAYOUTS: Uint8Array = (() => {
  const layouts = new Uint8Array(256);
  for (const op of Object.values(OP)) layouts[op] = ARG.NONE;
  const groups: [number, number[]][] = [
    [ARG.FIXED1, [OP.BININT1, OP.BINGET, OP.BINPUT, OP.PROTO, OP.EXT1]],
    [ARG.FIXED2, [OP.BININT2, OP.EXT2]],
    [ARG.FIXED4, [OP.BININT, OP.LONG_BINGET, OP.LONG_BINPUT, OP.EXT4]],
    [ARG.FIXED8, [OP.BINFLOAT, OP.FRAME]],
    [ARG.LINE, [OP.FLOAT, OP.INT, OP.LONG, OP.PERSID, OP.STRING, OP.UNICODE, OP.GET, OP.PUT]],
    [ARG.TWO_LINES, [OP.GLOBAL, OP.INST]],
    [ARG.COUNTED1, [OP.SHORT_BINSTRING, OP.SHORT_BINBYTES, OP.SHORT_BINUNICODE, OP.LONG1]],
    [ARG.COUNTED4, [OP.BINSTRING, OP.BINUNICODE, OP.BINBYTES, OP.LONG4]],
    [ARG.COUNTED8, [OP.BINUNICODE8, OP.BINBYTES8, OP.BYTEARRAY8]],
  ];
  for (const [layout, ops] of groups) for (const op of ops) layouts[op] = layout;
  return layouts;
})();
