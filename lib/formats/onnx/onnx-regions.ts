/** Where an ONNX model keeps its weights: `raw_data` and packed lists in the model, or ranges of another file. */

import type { Region } from "#lib/wire/region.ts";
import { LEN, type ProtoField, ProtoWalker } from "../bytes/protobuf.ts";
import { WindowReader } from "../bytes/window-reader.ts";
import type { ByteSource, SourceFile } from "../contract.ts";
import { MAX_NAME_BYTES, MAX_TENSORS } from "../tensor-facts.ts";
import { onnxDtype } from "./onnx-tensor.ts";

const KIND = "ONNX model";
const MAX_ENTRY_BYTES = 4096;

/** A tensor with the place of its values; `location` is null when they are in the model itself. */
type Found = Region & { location: string | null };

/** Throws `invalid_model_file`. */
export async function onnxRegions(source: ByteSource): Promise<Region[]> {
  const found = await new RegionWalker({ path: "", source }).find();
  return found.filter(({ location }) => location === null).map(toRegion);
}

/** The regions of `model` in the file `path` beside it. Throws `invalid_model_file`. */
export async function externalRegions(model: SourceFile, path: string): Promise<Region[]> {
  const folder = model.path.slice(0, model.path.lastIndexOf("/") + 1);
  const found = await new RegionWalker(model).find();
  return found
    .filter(({ location }) => location !== null && joined(folder, location) === path)
    .map(toRegion);
}

function joined(folder: string, location: string): string {
  return folder + location.replace(/^(?:\.\/)+/, "");
}

function toRegion({ location: _, ...region }: Found): Region {
  return region;
}

class RegionWalker {
  readonly #walker: ProtoWalker;
  readonly #sizeBytes: number;
  readonly #found: Found[] = [];

  constructor(file: SourceFile) {
    this.#walker = new ProtoWalker(new WindowReader(file, KIND));
    this.#sizeBytes = file.source.sizeBytes;
  }

  /** ModelProto: 7 graph, 25 functions, which have nodes (7) as a graph has (1). */
  async find(): Promise<Found[]> {
    await this.#walker.walk(0, this.#sizeBytes, async (field) => {
      if (field.number === 7) await this.#graph(field);
      else if (field.number === 25)
        await this.#walker.message(field, (part) =>
          part.number === 7 ? this.#node(part) : undefined,
        );
    });
    return this.#found;
  }

  /** GraphProto: 1 node, 5 initializer, 15 sparse initializer { 1 values, 2 indices }. */
  #graph(field: ProtoField): Promise<void> {
    return this.#walker.message(field, async (part) => {
      if (part.number === 1) await this.#node(part);
      else if (part.number === 5) await this.#tensor(part);
      else if (part.number === 15) await this.#sparse(part);
    });
  }

  #sparse(field: ProtoField): Promise<void> {
    return this.#walker.message(field, (part) =>
      part.number === 1 || part.number === 2 ? this.#tensor(part) : undefined,
    );
  }

  /** NodeProto: 5 attribute { 5 t, 6 g, 10 tensors, 11 graphs, 22 and 23 sparse }. */
  #node(field: ProtoField): Promise<void> {
    return this.#walker.message(field, async (attribute) => {
      if (attribute.number !== 5) return;
      await this.#walker.message(attribute, async (part) => {
        if (part.number === 5 || part.number === 10) await this.#tensor(part);
        else if (part.number === 6 || part.number === 11) await this.#graph(part);
        else if (part.number === 22 || part.number === 23) await this.#sparse(part);
      });
    });
  }

  /** TensorProto: 2 data_type, 4 float_data, 8 name, 9 raw_data, 10 double_data, 13 external_data. */
  async #tensor(field: ProtoField): Promise<void> {
    if (this.#found.length >= MAX_TENSORS) return;
    const walker = this.#walker;
    let name = "";
    let dtype = "UNKNOWN";
    let values: ProtoField | null = null;
    const external = new Map<string, string>();
    await walker.message(field, async (part) => {
      const isList = part.number === 4 || part.number === 9 || part.number === 10;
      if (part.number === 2) dtype = onnxDtype(await walker.smallInt(part));
      else if (part.number === 8) name = await walker.text(part, MAX_NAME_BYTES);
      else if (part.number === 13) await this.#external(part, external);
      else if (isList && part.wireType === LEN) values = part;
    });
    // Constants often have no name; their order in the graph is as good.
    name ||= `#${this.#found.length}`;
    const location = external.get("location") ?? null;
    const place = location === null ? placeOf(values) : externalPlace(external);
    if (place && place.lengthBytes > 0) this.#found.push({ name, dtype, location, ...place });
  }

  /** StringStringEntryProto: 1 key, 2 value. */
  async #external(field: ProtoField, into: Map<string, string>): Promise<void> {
    let key = "";
    let value = "";
    await this.#walker.message(field, async (part) => {
      if (part.number === 1) key = await this.#walker.text(part, MAX_ENTRY_BYTES);
      else if (part.number === 2) value = await this.#walker.text(part, MAX_ENTRY_BYTES);
    });
    if (into.size < 16) into.set(key, value);
  }
}

type Place = { offset: number; lengthBytes: number };

function placeOf(values: ProtoField | null): Place | null {
  return values && { offset: values.start, lengthBytes: values.end - values.start };
}

function externalPlace(external: ReadonlyMap<string, string>): Place | null {
  const offset = Number(external.get("offset") ?? 0);
  const lengthBytes = Number(external.get("length") ?? Number.NaN);
  const isPlace = [offset, lengthBytes].every((value) => Number.isSafeInteger(value) && value >= 0);
  return isPlace ? { offset, lengthBytes } : null;
}
