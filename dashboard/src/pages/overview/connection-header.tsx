import "./connection-header.css";
import type { ConnectionStatus } from "../../../../src/core/status.ts";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { StateWord } from "../../components/state-word.tsx";
import { formatShare } from "../../format.ts";
import { shareOf, totalsOf } from "../../status/totals.ts";
import { CONNECTION_WORDS, sentenceOf } from "../../status/words.ts";
import { FlowPicture } from "./flow-picture.tsx";
import { SyncNow } from "./sync-now.tsx";

interface ConnectionHeaderProps {
  readonly connection: ConnectionStatus;
  readonly workspace: string;
  /** Records per second now. */
  readonly rate: number;
  readonly now: number;
}

/** The state in one word, one colour and one sentence; what moves between whom; the one button. */
export function ConnectionHeader({ connection, workspace, rate, now }: ConnectionHeaderProps) {
  const { word, tone } = CONNECTION_WORDS[connection.state];
  const { progress } = totalsOf(connection);
  const share = progress === null ? null : shareOf(progress);
  return (
    <header className="connection-header">
      <div className="connection-header__state">
        <p className="connection-header__name">{connection.name}</p>
        <h2 className="connection-header__word">
          <StateWord word={word} tone={tone} moving={rate > 0} />
        </h2>
        <p className="connection-header__sentence">{sentenceOf(connection, now)}</p>
        <p className="unseen" role="status">
          {connection.name}: {word}
        </p>
      </div>
      <FlowPicture connection={connection} workspace={workspace} rate={rate} />
      <SyncNow connection={connection} now={now} />
      {progress !== null && (
        <div className="connection-header__progress">
          <ProgressBar label="All entities" progress={progress} tone={tone} size="thick" />
          <span className="connection-header__share">{share === null ? "" : formatShare(share)}</span>
        </div>
      )}
    </header>
  );
}
