/** The inside of a thread that derives keys from passphrases, which takes a second of processor time on purpose. */
import { serveCalls } from "#lib/workers/thread-side.ts";
import { createIdentity, openIdentity } from "./age-codec.ts";

serveCalls({
  create: ({ passphrase }: { passphrase: string }) => createIdentity(passphrase),
  open: ({ sealed, passphrase }: { sealed: Uint8Array; passphrase: string }) =>
    openIdentity(sealed, passphrase),
});
