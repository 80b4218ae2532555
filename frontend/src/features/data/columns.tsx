import type { Subject } from "@/components/condition-builder/conditions";
import type { Column } from "@/components/data-table/types";
import type { RecordData } from "@/features/data/api";
import { shownCell, textClassOf } from "@/features/data/components/cell";
import { CellEditor } from "@/features/data/components/cell-editor";
import type { Collection, Field } from "@/lib/collections";
import { describeType, isBelongsTo, labelField, memberOf } from "@/lib/fields";

const NUMBERS = new Set(["int", "float", "decimal"]);
const WIDTHS: Record<string, number> = {
  boolean: 150,
  int: 120,
  float: 120,
  decimal: 130,
  date: 130,
  datetime: 190,
  uuid: 150,
  enum: 140,
  text: 280,
  string: 220,
  json: 240,
};

const SYSTEM: Field[] = [
  { name: "created_at", type: "datetime", read_only: true },
  { name: "updated_at", type: "datetime", read_only: true },
];

function idField(collection: Collection): Field {
  return { name: "id", type: collection.id_type === "int" ? "int" : "uuid", read_only: true };
}

/** Fields that a record itself holds: has_many stands on the other side. */
export function storedFields(collection: Collection): Field[] {
  return collection.fields.filter((field) => field.kind !== "has_many");
}

export function columnsOf(
  project: string,
  collection: Collection,
  collections: readonly Collection[],
): Column<RecordData>[] {
  const fields = [idField(collection), ...storedFields(collection), ...SYSTEM];
  const place = { project, collection, collections };
  return fields.map((field) => ({
    id: memberOf(field),
    header: field.label ?? field.name,
    note: describeType(field),
    width: WIDTHS[field.type],
    align: NUMBERS.has(field.type) ? "right" : "left",
    isSortable: !["json", "relation"].includes(field.type) && !field.type.startsWith("array"),
    cell: (row) => shownCell(field, shownValue(row, field, collections)),
    textClass: textClassOf(field),
    edit: isInline(field)
      ? (row, edit) => <CellEditor {...place} field={field} row={row} edit={edit} />
      : undefined,
  }));
}

/** Whether a cell of the grid is room enough: lists and documents need the record's form. */
function isInline(field: Field): boolean {
  if (field.read_only || field.type === "json" || field.type === "file") return false;
  return !field.type.startsWith("array") && field.kind !== "many_to_many";
}

/** Of a related record its label, where the list brought it along. */
function shownValue(row: RecordData, field: Field, collections: readonly Collection[]): unknown {
  const related = isBelongsTo(field) ? row[field.name] : undefined;
  if (typeof related !== "object" || related === null) return row[memberOf(field)];
  const target = collections.find((each) => each.name === field.to);
  return (related as RecordData)[labelField(target)] ?? (related as RecordData).id;
}

/** What can be filtered by: the own fields, and those of records one step away. */
export function subjectsOf(collection: Collection, collections: readonly Collection[]): Subject[] {
  const own = [...storedFields(collection), idField(collection), ...SYSTEM].map(subjectOf);
  const related = storedFields(collection)
    .filter(isBelongsTo)
    .flatMap((field) => {
      const target = collections.find((each) => each.name === field.to);
      return (target?.fields ?? [])
        .filter((each) => each.type !== "relation")
        .map((each) => ({
          ...subjectOf(each),
          path: `${field.name}__${each.name}`,
          label: `${field.name} › ${each.label ?? each.name}`,
        }));
    });
  return [...own, ...related];
}

function subjectOf(field: Field): Subject {
  const label = field.label ?? field.name;
  return { path: memberOf(field), label, type: field.type, values: field.values };
}
