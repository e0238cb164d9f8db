import { useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type {
  MoveRequestWire,
  PossibleMovesWire,
  PossibleMoveWire,
} from "#lib/models/protection/schema.ts";
import type { VersionFacts } from "#lib/models/schema.ts";
import { MoveChecks } from "./move-checks.tsx";
import { ProtectedMoveActions } from "./protected-move-actions.tsx";
import { useMoveName } from "./use-move-name.ts";

/** The protected aliases and stages of the model: what each asks of this version, who asked, and who decided. */
export function ProtectedMovesCard(props: { version: VersionFacts; moves: PossibleMovesWire }) {
  const t = useTranslations("version.protected");
  if (props.moves.items.length === 0) return null;
  return (
    <Card title={t("heading")} bodyClassName="p-0">
      <ul>
        {props.moves.items.map((move) => (
          <li
            key={`${move.kind} ${move.target}`}
            className="flex flex-col gap-2 border-line border-b px-4 py-3 last:border-b-0"
          >
            <MoveHead move={move} />
            <MoveChecks checks={move.checks} />
            {move.request && <RequestFacts request={move.request} />}
            <ProtectedMoveActions version={props.version} move={move} rights={props.moves} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function MoveHead({ move }: { move: PossibleMoveWire }) {
  const t = useTranslations("version.protected");
  const name = useMoveName();
  const state = stateOf(move);
  return (
    <div className="flex items-baseline justify-between gap-2">
      <h3 className="min-w-0 font-medium [overflow-wrap:anywhere]">{name(move)}</h3>
      <Badge tone={TONES[state]} className="shrink-0">
        {t(`state.${state}`)}
      </Badge>
    </div>
  );
}

type State = "here" | "ready" | "waiting" | "missing";
const TONES: Record<State, Tone> = {
  here: "accent",
  ready: "ok",
  waiting: "warn",
  missing: "neutral",
};

function stateOf({ is_there, checks, request }: PossibleMoveWire): State {
  if (is_there) return "here";
  if (checks.every(({ passes }) => passes)) return "ready";
  return request?.state === "open" ? "waiting" : "missing";
}

/** Who asked and who decided; the texts are people's own. */
function RequestFacts({ request }: { request: MoveRequestWire }) {
  const t = useTranslations("version.protected");
  return (
    <div className="flex flex-col gap-1 text-[13px] [overflow-wrap:anywhere]">
      <p>
        {t("askedBy", { actor: request.requested_by })}{" "}
        <span className="text-muted">
          <RelativeTime value={request.created_at} />
        </span>
        {request.state !== "open" && <span> · {t(`closed.${request.state}`)}</span>}
      </p>
      {request.comment && <p className="text-muted">{request.comment}</p>}
      <ul className="flex flex-col gap-1">
        {request.decisions.map(({ actor, decision, comment, at }) => (
          <li key={`${actor} ${at}`}>
            {t(`decided.${decision}`, { actor })}{" "}
            {comment && <span className="text-muted">{comment}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
