import { Skeleton } from "@/components/ui/skeleton";

/** The shape of a model's or version's page while it is read. */
export default function Loading() {
  return (
    <div aria-busy className="flex flex-col gap-4">
      <Skeleton className="h-7 w-64 max-w-full" />
      <Skeleton className="h-5 w-96 max-w-full" />
      <Skeleton className="h-9" />
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <Skeleton className="h-96" />
        <Skeleton className="h-72" />
      </div>
    </div>
  );
}
