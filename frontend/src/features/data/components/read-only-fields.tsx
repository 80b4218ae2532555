import type { RecordData } from "@/features/data/api";
import { storedFields } from "@/features/data/columns";
import { Cell } from "@/features/data/components/cell";
import { strings } from "@/features/data/strings";
import type { Collection, Field } from "@/lib/collections";
import { memberOf } from "@/lib/fields";

const MOMENTS: Field[] = [
  { name: "created_at", type: "datetime" },
  { name: "updated_at", type: "datetime" },
];

export function ReadOnlyFields({
  collection,
  record,
}: {
  collection: Collection;
  record: RecordData;
}) {
  const fields = [...storedFields(collection).filter((field) => field.read_only), ...MOMENTS];
  return (
    <section className="mt-2 border-t pt-4">
      <h3 className="mb-2 text-xs font-medium text-muted-foreground">{strings.readOnly}</h3>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2 text-sm">
        {fields.map((field) => (
          <div key={field.name} className="contents">
            <dt className="text-muted-foreground">{field.label ?? field.name}</dt>
            <dd className="flex min-w-0 justify-start [&>span]:ml-0">
              <Cell field={field} value={record[memberOf(field)]} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
