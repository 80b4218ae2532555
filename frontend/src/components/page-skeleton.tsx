import { Skeleton } from "@/components/ui/skeleton";

/** Stands where a page will be, in its measure, so that nothing jumps. */
export function PageSkeleton() {
  return (
    <div
      role="status"
      aria-label="Loading"
      className="mx-auto w-full max-w-5xl px-4 py-6 sm:px-8 sm:py-8"
    >
      <Skeleton className="h-7 w-48" />
      <Skeleton className="mt-2 h-4 w-72 max-w-full" />
      <Skeleton className="mt-8 h-24 w-full rounded-xl" />
      <Skeleton className="mt-4 h-64 w-full rounded-xl" />
    </div>
  );
}
