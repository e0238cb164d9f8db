import type { TensorWire } from "#lib/models/schema.ts";

/** A prefix that several tensors share; `path` identifies it, `label` is the part that its parent does not have. */
export type TensorGroup = {
  path: string;
  label: string;
  groups: TensorGroup[];
  tensors: { label: string; tensor: TensorWire }[];
  count: number;
  sizeBytes: number;
};

export type TensorRow =
  | { kind: "group"; depth: number; group: TensorGroup; isOpen: boolean }
  | { kind: "tensor"; depth: number; label: string; tensor: TensorWire };

/** Indenting further helps nobody; deeper prefixes stay in the label. */
const DEPTH_MAX = 12;
// PyTorch separates by dots, TensorFlow and ONNX by slashes.
const SEPARATOR = /[./]/;

/**
 * Groups tensors by the parts of their names, in the order of the file. A chain of prefixes without a
 * branch is one group (`model.encoder`), and a group of one tensor is that tensor.
 */
export function buildTensorTree(tensors: readonly TensorWire[]): TensorGroup {
  const root = newGroup("", "");
  const known = new Map<string, TensorGroup>([["", root]]);
  for (const tensor of tensors) {
    const parts = tensor.name.split(SEPARATOR);
    let group = root;
    let end = 0;
    for (const part of parts.slice(0, Math.min(parts.length - 1, DEPTH_MAX))) {
      add(group, tensor);
      end += part.length + 1;
      // The path keeps its separator, so that `a.b` and `a/b` stay apart.
      const path = tensor.name.slice(0, end);
      let child = known.get(path);
      if (!child) {
        child = newGroup(path, path.slice(group.path.length));
        known.set(path, child);
        group.groups.push(child);
      }
      group = child;
    }
    add(group, tensor);
    group.tensors.push({ label: tensor.name.slice(group.path.length), tensor });
  }
  return { ...collapse(root), path: "", label: "" };
}

function newGroup(path: string, label: string): TensorGroup {
  return { path, label, groups: [], tensors: [], count: 0, sizeBytes: 0 };
}

function add(group: TensorGroup, tensor: TensorWire): void {
  group.count += 1;
  group.sizeBytes += tensor.size_bytes;
}

function collapse(group: TensorGroup): TensorGroup {
  const groups: TensorGroup[] = [];
  const tensors = [...group.tensors];
  for (const child of group.groups.map(collapse)) {
    const [only] = child.tensors;
    if (child.count === 1 && only) {
      tensors.push({ label: child.label + only.label, tensor: only.tensor });
    } else if (child.groups.length === 1 && child.tensors.length === 0 && child.groups[0]) {
      groups.push({ ...child.groups[0], label: child.label + child.groups[0].label });
    } else {
      groups.push(child);
    }
  }
  return { ...group, groups, tensors };
}

/** The visible rows, each group before its content. `isOpen` decides for a group's path. */
export function listTensorRows(
  root: TensorGroup,
  isOpen: (path: string, depth: number) => boolean,
): TensorRow[] {
  const rows: TensorRow[] = [];
  const visit = (parent: TensorGroup, depth: number) => {
    for (const group of parent.groups) {
      const open = isOpen(group.path, depth);
      rows.push({ kind: "group", depth, group, isOpen: open });
      if (open) visit(group, depth + 1);
    }
    for (const { label, tensor } of parent.tensors) {
      rows.push({ kind: "tensor", depth, label, tensor });
    }
  };
  visit(root, 0);
  return rows;
}

/** `[768, 3072]` -> "768 × 3072"; an open dimension is "?", a scalar "scalar" in the reader's words. */
export function formatShape(shape: readonly number[], scalar: string): string {
  if (shape.length === 0) return scalar;
  return shape.map((size) => (size < 0 ? "?" : String(size))).join(" × ");
}
