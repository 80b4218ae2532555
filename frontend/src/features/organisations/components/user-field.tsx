import { useSuspenseQuery } from "@tanstack/react-query";

import { FieldFrame } from "@/components/form/field";
import { RecordPicker } from "@/components/record-picker/record-picker";
import { organisationsRoute } from "@/features/organisations/routes";
import { strings } from "@/features/organisations/strings";
import { collectionsQuery } from "@/lib/collections";

/** One of the app's users. */
export function UserField({
  label,
  hint,
  clear,
  value,
  onChange,
}: {
  label: string;
  hint?: string;
  clear?: string;
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}) {
  const { project } = organisationsRoute.useParams();
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const users = collections.find(({ name }) => name === "users");
  if (!users) return null;
  return (
    <FieldFrame label={label} hint={hint}>
      {({ id }) => (
        <RecordPicker
          id={id}
          label={label}
          project={project}
          collection={users}
          value={value}
          onChange={onChange}
          placeholder={strings.chooseUser}
          clear={clear}
        />
      )}
    </FieldFrame>
  );
}
