import "./flow-picture.css";
import type { ConnectionState, ConnectionStatus } from "../../../../src/core/status.ts";
import { Icon } from "../../components/icon.tsx";
import { formatRate } from "../../format.ts";
import { CONNECTION_WORDS } from "../../status/words.ts";

interface FlowPictureProps {
  readonly connection: ConnectionStatus;
  readonly workspace: string;
  /** Records per second now. */
  readonly rate: number;
}

/** What the belt says while no record moves. */
const STILL_WORDS: Readonly<Record<ConnectionState, string>> = {
  connecting: "signing in",
  copying: "about to move",
  following: "nothing to move",
  resting: "at rest",
  waiting: "waiting",
  attention: "stopped",
  paused: "paused",
};

/** The two wheels and the belt between them, which runs while records do. */
export function FlowPicture({ connection, workspace, rate }: FlowPictureProps) {
  const { tone } = CONNECTION_WORDS[connection.state];
  return (
    <div className={`flow-picture flow-picture--${motionOf(connection, rate)} tone-${tone}`}>
      <div className="flow-picture__side">
        <span className="flow-picture__wheel flow-picture__wheel--from">
          <Icon name="cloud" size={22} />
        </span>
        <p className="flow-picture__title">Dynamics 365</p>
        <a className="flow-picture__name" href={connection.url} rel="noreferrer" target="_blank">
          {hostOf(connection.url)}
        </a>
      </div>
      <div className="flow-picture__belt">
        <span className="flow-picture__rate">
          {rate > 0 ? `${formatRate(rate)} records/s` : STILL_WORDS[connection.state]}
        </span>
        <span className="flow-picture__line" />
      </div>
      <div className="flow-picture__side">
        <span className="flow-picture__wheel flow-picture__wheel--to">
          <Icon name="database" size={22} />
        </span>
        <p className="flow-picture__title">Marketing database</p>
        <p className="flow-picture__name">{workspace}</p>
      </div>
    </div>
  );
}

/** `broken` when only a person can get it going again. */
function motionOf({ state, trouble }: ConnectionStatus, rate: number): "running" | "still" | "broken" {
  if (rate > 0) return "running";
  return state === "attention" && trouble !== null ? "broken" : "still";
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
