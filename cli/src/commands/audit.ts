import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { pause } from "../http/pause.ts";
import type { Registry } from "../http/registry.ts";
import type { Run } from "../run.ts";
import { countText, timeText } from "../terminal/values.ts";
import { chainSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";
import { wholeNumber } from "./parse-option.ts";

type Options = { timeout: number };
const POLL_MS = 500;

export function addAudit({ t, add, act, group }: Commands): void {
  const audit = group("audit", "audit.about");
  const verify = add("verify", "audit.verify", audit).option(
    "--timeout <seconds>",
    t("audit.timeout"),
    wholeNumber(1, 86_400, t),
    600,
  );
  act<Options>(verify, async (run, { timeout }) => {
    const chain = await verifyChain(run, await run.registry(), timeout);
    const { verification } = chain;
    const problem = verification?.problem ?? null;
    run.out.result(chain, () =>
      run.out.facts([
        [t("audit.result"), t(problem === null ? "audit.intact" : "audit.broken")],
        [t("audit.entries"), countText(chain.entries, run.language)],
        [t("audit.verifiedTo"), verification?.seq],
        [t("audit.at"), verification && timeText(verification.at)],
        [t("audit.head"), chain.hash],
        [t("audit.problem"), problem && `${problem.kind}: ${problem.detail}`],
      ]),
    );
    if (problem !== null)
      throw new Failure(EXIT.damaged, t("audit.failed", { seq: problem.seq ?? "?" }));
  });
}

/** Asks for a verification, and waits until one has ended that began no earlier. */
async function verifyChain(run: Run, registry: Registry, timeoutSeconds: number) {
  const read = () => registry.json({ method: "GET", path: "/audit/chain" }, chainSchema);
  const before = await read();
  await registry.send({ method: "POST", path: "/audit/verifications", isRepeatable: true });
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const chain = await read();
    if (chain.verification !== null && chain.verification.at !== before.verification?.at)
      return chain;
    if (Date.now() > deadline) throw new Failure(EXIT.unreachable, run.t("audit.late"));
    await pause(POLL_MS, run.signal);
  }
}
