/** A writer of TensorFlow checkpoints (leveldb tables of BundleEntryProto), as small as tests need. */
import { BinaryWriter } from "@bufbuild/protobuf/wire";

export type Variable = { name: string; dtype: number; shape: (number | string)[]; bytes: number };
type Options = {
  shards?: number;
  /** Compression of the data block: its type byte and its bytes. */
  pack?: (block: Uint8Array) => { type: number; bytes: Uint8Array };
};

const message = () => new BinaryWriter();

/** `variables.index` for variables that follow one another in one data shard. */
export function bundleIndex(variables: readonly Variable[], options: Options = {}): Uint8Array {
  const header = message()
    .tag(1, 0)
    .int32(options.shards ?? 1)
    .finish();
  const entries: [string, Uint8Array][] = [["", header]];
  let offset = 0;
  for (const { name, dtype, shape, bytes } of variables) {
    const dims = message();
    for (const size of shape) dims.tag(2, 2).bytes(message().tag(1, 0).int64(size).finish());
    const entry = message().tag(1, 0).int32(dtype).tag(2, 2).bytes(dims.finish());
    entry.tag(4, 0).int64(offset).tag(5, 0).int64(bytes).tag(6, 5).fixed32(0);
    entries.push([name, entry.finish()]);
    offset += bytes;
  }
  return table(entries, options);
}

/** A table of one data block, keys prefix-compressed against the one before. */
export function table(
  entries: readonly (readonly [string, Uint8Array])[],
  { pack = (block) => ({ type: 0, bytes: block }) }: Options = {},
): Uint8Array {
  const { type, bytes } = pack(block(entries));
  const data = trailed(bytes, type);
  const metaindex = trailed(block([]), 0);
  const index = trailed(block([["~", handle(0, bytes.length)]]), 0);
  const footer = Buffer.alloc(48);
  const handles = Buffer.concat([
    handle(data.length, metaindex.length - 5),
    handle(data.length + metaindex.length, index.length - 5),
  ]);
  footer.set(handles);
  footer.writeBigUInt64LE(0xdb4775248b80fb57n, 40);
  return Buffer.concat([data, metaindex, index, footer]);
}

export function varint(value: number): Uint8Array {
  return message().uint32(value).finish();
}

function block(entries: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let previous = Buffer.alloc(0);
  for (const [name, value] of entries) {
    const key = Buffer.from(name);
    let shared = 0;
    while (shared < Math.min(key.length, previous.length) && key[shared] === previous[shared]) {
      shared += 1;
    }
    parts.push(varint(shared), varint(key.length - shared), varint(value.length));
    parts.push(key.subarray(shared), value);
    previous = key;
  }
  // One restart, at zero.
  parts.push(Buffer.from([0, 0, 0, 0, 1, 0, 0, 0]));
  return Buffer.concat(parts);
}

function handle(offset: number, size: number): Uint8Array {
  return Buffer.concat([varint(offset), varint(size)]);
}

/** Type byte and checksum; the checksum is not looked at by readers of facts. */
function trailed(bytes: Uint8Array, type: number): Uint8Array {
  return Buffer.concat([bytes, Buffer.from([type, 0, 0, 0, 0])]);
}
