import { Button } from "@mantine/core";
import { useState } from "react";
import type { Cause, Refused, RetryWish } from "../../../../src/core/refused.ts";
import { Card } from "../../components/card.tsx";
import { Moment } from "../../components/moment.tsx";
import { formatMany } from "../../format.ts";
import { RESPONSIBLE_WORDS } from "../../status/words.ts";

const SHOWN_AT_FIRST = 50;

const WAY_WORDS = { push: "To Dynamics", pull: "From Dynamics" } as const;

interface CauseGroupProps {
  readonly cause: Cause;
  readonly errors: readonly Refused[];
  readonly now: number;
  /** All of this cause; null where not all of them are shown. */
  readonly whole: RetryWish | null;
  readonly onRetry: (wish: RetryWish) => void;
}

/** Everything that was refused for one reason, with what to do about it. */
export function CauseGroup({ cause, errors, now, whole, onRetry }: CauseGroupProps) {
  const [all, showAll] = useState(false);
  const retriable = errors.some(({ way }) => way === "push");
  const shown = all ? errors : errors.slice(0, SHOWN_AT_FIRST);
  return (
    <Card
      title={cause.meaning}
      aside={
        whole !== null &&
        retriable && (
          <Button variant="default" size="xs" onClick={() => onRetry(whole)}>
            Retry all of these
          </Button>
        )
      }
    >
      <p>{cause.remedy}</p>
      <p className="errors__facts">
        {RESPONSIBLE_WORDS[cause.who]} · {formatMany(errors.length, "record")} · <code>{cause.code}</code>
      </p>
      <ul className="errors__rows">
        {shown.map((error, index) => (
          <Row
            key={`${error.entity} ${error.way} ${error.row} ${error.crmId} ${index}`}
            {...{ error, now, onRetry }}
          />
        ))}
      </ul>
      {shown.length < errors.length && (
        <Button variant="subtle" onClick={() => showAll(true)}>
          Show all {errors.length}
        </Button>
      )}
    </Card>
  );
}

interface RowProps extends Pick<CauseGroupProps, "now" | "onRetry"> {
  readonly error: Refused;
}

function Row({ error, now, onRetry }: RowProps) {
  const name = `${error.entity} ${error.row ?? error.crmId ?? ""}`;
  return (
    <li className="errors__row">
      <div>
        <strong>{name}</strong>
        {error.field !== null && <code> {error.field}</code>}
        <p>{error.detail}</p>
        <p className="errors__facts">
          {WAY_WORDS[error.way]} · since <Moment at={error.since} now={now} />
        </p>
      </div>
      {error.way === "push" && error.row !== null && (
        <Button
          variant="subtle"
          size="xs"
          aria-label={`Retry ${name}`}
          onClick={() => onRetry(wishOf(error))}
        >
          Retry
        </Button>
      )}
    </li>
  );
}

function wishOf({ entity, code, row }: Refused): RetryWish {
  return { entity, code, ...(row === null ? {} : { row }) };
}
