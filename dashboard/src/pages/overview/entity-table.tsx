import "./entity-table.css";
import type { ReactNode } from "react";
import type { EntityStatus } from "../../../../src/core/status.ts";
import { Card } from "../../components/card.tsx";
import { Moment } from "../../components/moment.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { StateWord } from "../../components/state-word.tsx";
import { formatCount, formatDuration, formatMany, formatRate } from "../../format.ts";
import { isReadWhole } from "../../status/totals.ts";
import { ENTITY_WORDS } from "../../status/words.ts";

interface EntityTableProps {
  readonly entities: readonly EntityStatus[];
  readonly now: number;
}

const COLUMNS = [
  "Entity",
  "State",
  "Read",
  "Rows",
  "Rate",
  "Time left",
  "Backlog",
  "To Dynamics",
  "Parked",
  "Fields",
  "Last change",
];

/**
 * A row per entity; on a narrow screen a card each. The roles are spelt out, since browsers drop a table's meaning
 * when its display changes.
 */
export function EntityTable({ entities, now }: EntityTableProps) {
  return (
    <Card
      title="Entities"
      aside={formatMany(entities.length, "entity").replace("entitys", "entities")}
      className="entity-card"
    >
      <table className="entity-table" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map((column) => (
              <th key={column} role="columnheader" scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {entities.map((entity) => (
            <EntityRow key={entity.entity} entity={entity} now={now} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function EntityRow({ entity, now }: { readonly entity: EntityStatus; readonly now: number }) {
  const { word, tone } = ENTITY_WORDS[entity.state];
  // Records that cannot be kept here, and edits that Dynamics does not take: both wait for a person.
  const parked = entity.parked + (entity.pending?.parked ?? 0);
  return (
    <tr role="row">
      <th className="entity-table__name" role="rowheader" scope="row">
        {entity.label}
        <span className="entity-table__path">
          {entity.entity} → {entity.table}
        </span>
      </th>
      <Cell label="State" className="entity-table__state">
        <StateWord word={word} tone={tone} moving={entity.rate > 0} />
      </Cell>
      <Cell
        label="Read"
        className={`entity-table__read ${isReadWhole(entity) ? "" : "entity-table__read--done"}`}
      >
        <ProgressBar label={entity.label} progress={entity} tone={tone} />
        <span className="entity-table__of">{readText(entity)}</span>
        {entity.trouble !== null && (
          <span className={`entity-table__trouble tone-${tone === "attention" ? tone : "waiting"}`}>
            {entity.trouble.message}
          </span>
        )}
      </Cell>
      <Cell label="Rows">{formatCount(entity.rows)}</Cell>
      <Cell label="Rate">{entity.rate === 0 ? <Nothing /> : `${formatRate(entity.rate)}/s`}</Cell>
      <Cell label="Time left">
        {entity.secondsLeft === null ? <Nothing /> : formatDuration(entity.secondsLeft)}
      </Cell>
      <Cell label="Backlog">{formatCount(entity.backlog)}</Cell>
      <Cell label="To Dynamics">
        {entity.pending === null || entity.pending.waiting === 0 ? (
          <Nothing />
        ) : (
          formatCount(entity.pending.waiting)
        )}
      </Cell>
      <Cell label="Parked">
        {parked === 0 ? <Nothing /> : <span className="entity-table__parked">{formatCount(parked)}</span>}
      </Cell>
      <Cell label="Fields">
        {formatCount(entity.fields.on)}
        <span className="entity-table__available">
          {"\u00a0"}of {formatCount(entity.fields.available)}
        </span>
      </Cell>
      <Cell label="Last change">
        {entity.lastChangeAt === null ? <Nothing /> : <Moment at={entity.lastChangeAt} now={now} as="ago" />}
      </Cell>
    </tr>
  );
}

interface CellProps {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

function Cell({ label, className = "", children }: CellProps) {
  return (
    <td role="cell" className={className} data-label={label}>
      {children}
    </td>
  );
}

/** A quiet dash. */
function Nothing() {
  return <span className="entity-table__nothing">–</span>;
}

function readText({ read, expected }: EntityStatus): string {
  return expected === null ? `${formatCount(read)} read` : `${formatCount(read)} of ${formatCount(expected)}`;
}
