import { Skeleton } from "@mantine/core";

/** The shape of the page while it is asked for. */
export function OverviewSkeleton() {
  return (
    <div className="overview-skeleton" role="status" aria-label="Loading">
      <Skeleton height={120} radius={12} />
      <Skeleton height={92} radius={12} />
      <div className="overview-skeleton__charts">
        <Skeleton height={220} radius={12} />
        <Skeleton height={220} radius={12} />
      </div>
      <Skeleton height={320} radius={12} />
    </div>
  );
}
