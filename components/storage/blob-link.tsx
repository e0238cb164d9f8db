import Link from "next/link";
import { blobHref } from "./paths.ts";

const SHOWN = "sha256:".length + 12;

/** The start of a digest, the whole on hover, to the page that says why the blob is kept. */
export function BlobLink({ digest }: { digest: string }) {
  return (
    <Link
      href={blobHref(digest)}
      prefetch={false}
      title={digest}
      className="inline-flex min-h-target items-center font-mono text-[13px] underline"
    >
      {digest.slice(0, SHOWN)}…
    </Link>
  );
}
