import "./sync-errors.css";
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import type { RefusedList, RefusedWish, RetryWish } from "../../../../src/core/refused.ts";
import { errorsCsv } from "../../api.ts";
import type { Problem } from "../../api.ts";
import { Notice } from "../../components/notice.tsx";
import { formatMany } from "../../format.ts";
import { useLive } from "../../live/use-live.ts";
import { RESPONSIBLE_WORDS } from "../../status/words.ts";
import { CauseGroup } from "./cause-group.tsx";
import { useErrors, useRetryErrors } from "./errors-query.ts";

/** What was refused record by record, by cause, with what to do. */
export function SyncErrors() {
  const [wish, setWish] = useState<RefusedWish>({});
  const { data, error } = useErrors(wish);
  const retry = useRetryErrors();
  useEffect(() => {
    document.title = "Sync Errors · Tandem";
  }, []);
  const problem = retry.error?.problem ?? error?.problem;
  const unfiltered = !wish.search && wish.way === undefined;
  return (
    <div className="errors">
      <header className="errors__head">
        <h1 className="errors__title">Sync Errors</h1>
        <Button component="a" variant="default" href={errorsCsv(wish)} download="errors.csv">
          Export CSV
        </Button>
      </header>
      <Filters wish={wish} onWish={setWish} />
      {problem !== undefined && <Trouble problem={problem} />}
      <p className="errors__facts" role="status">
        {retry.isSuccess ? `${formatMany(retry.data, "edit")} will be tried again with the next cycle.` : ""}
      </p>
      {data === undefined && problem === undefined && (
        <p className="errors__none">Reading what was refused…</p>
      )}
      {data?.errors.length === 0 && <p className="errors__none">{noneWords(wish)}</p>}
      <Groups list={data} whole={unfiltered ? wish : null} onRetry={retry.mutate} />
    </div>
  );
}

function noneWords({ search = "", entity, way }: RefusedWish): string {
  const everything = search === "" && entity === undefined && way === undefined;
  return everything ? "Nothing was refused." : "Nothing that was refused fits.";
}

function Trouble({ problem }: { readonly problem: Problem }) {
  return (
    <div role="alert">
      <Notice
        tone="attention"
        icon="alert"
        title={problem.detail}
        facts={[RESPONSIBLE_WORDS[problem.who], <code key="code">{problem.code}</code>]}
      >
        {problem.remedy}
      </Notice>
    </div>
  );
}

interface FiltersProps {
  readonly wish: RefusedWish;
  readonly onWish: (wish: RefusedWish) => void;
}

function Filters({ wish, onWish }: FiltersProps) {
  const { data } = useErrors({});
  const entities = [...new Set(data?.errors.map(({ entity }) => entity))];
  return (
    <search className="errors__filters">
      <TextInput
        label="Search"
        type="search"
        maxLength={200}
        value={wish.search ?? ""}
        onChange={(event) => onWish({ ...wish, search: event.currentTarget.value })}
      />
      <NativeSelect
        label="Entity"
        value={wish.entity ?? ""}
        data={[{ value: "", label: "All" }, ...entities]}
        onChange={(event) => onWish({ ...wish, entity: event.currentTarget.value || undefined })}
      />
      <NativeSelect
        label="Way"
        value={wish.way ?? ""}
        data={[
          { value: "", label: "Both" },
          { value: "push", label: "To Dynamics" },
          { value: "pull", label: "From Dynamics" },
        ]}
        onChange={(event) => {
          const way = event.currentTarget.value;
          onWish({ ...wish, way: way === "push" || way === "pull" ? way : undefined });
        }}
      />
    </search>
  );
}

interface GroupsProps {
  readonly list: RefusedList | undefined;
  readonly whole: RefusedWish | null;
  readonly onRetry: (wish: RetryWish) => void;
}

function Groups({ list, whole, onRetry }: GroupsProps) {
  const { now } = useLive();
  return list?.causes.map((cause) => (
    <CauseGroup
      key={cause.code}
      cause={cause}
      errors={list.errors.filter(({ code }) => code === cause.code)}
      now={now}
      whole={whole && { code: cause.code, ...(whole.entity === undefined ? {} : { entity: whole.entity }) }}
      onRetry={onRetry}
    />
  ));
}
