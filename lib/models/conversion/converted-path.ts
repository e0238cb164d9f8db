/** What the files of a checkpoint are called as safetensors, so that the libraries that read them find them. */

const EXTENSION = /\.(?:pt|pth|bin|ckpt)$/i;
/** `transformers` looks for `model` beside safetensors, and for `pytorch_model` beside pickles. */
const OWN_NAME = /^pytorch_model(?=$|-\d{5}-of-\d{5}$)/;
const INDEX = /^(.+)\.bin\.index\.json$/;

/** `encoder/pytorch_model-00001-of-00002.bin` -> `encoder/model-00001-of-00002.safetensors`. */
export function convertedPath(path: string): string {
  const { folder, name } = split(path);
  return `${folder}${name.replace(EXTENSION, "").replace(OWN_NAME, "model")}.safetensors`;
}

/** `pytorch_model.bin.index.json` -> `model.safetensors.index.json`, and whether a file is one that it names; null for no index. */
export function convertedIndex(
  path: string,
): { path: string; isOf: (file: string) => boolean } | null {
  const { folder, name } = split(path);
  const [, stem] = INDEX.exec(name) ?? [];
  if (stem === undefined) return null;
  return {
    path: `${folder}${stem.replace(OWN_NAME, "model")}.safetensors.index.json`,
    isOf: (file) => {
      const shard = split(file);
      const rest = shard.name.startsWith(`${stem}-`) ? shard.name.slice(stem.length) : "";
      return shard.folder === folder && /^-\d{5}-of-\d{5}\.bin$/.test(rest);
    },
  };
}

function split(path: string): { folder: string; name: string } {
  const at = path.lastIndexOf("/") + 1;
  return { folder: path.slice(0, at), name: path.slice(at) };
}
