import { useQuery, useSuspenseQuery } from "@tanstack/react-query";

import { peopleQuery } from "@/features/policies/api";
import type { People } from "@/features/policies/principals";
import { strings } from "@/features/policies/strings";
import { CHANNELS } from "@/features/policies/subjects";
import { collectionsQuery } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";
import { useIsAdmin, useProject } from "@/routing/use-project";

/** The roles and keys of the project, as far as one may see them. */
export function usePeople(): People {
  const { data } = useQuery(peopleQuery(useProject().slug, useIsAdmin()));
  return data ?? { roles: [], keys: [] };
}

/** The collections that policies speak of, and what each is called. */
export function useGuarded() {
  const { data: collections } = useSuspenseQuery(collectionsQuery(useProject().slug));
  const system = collections.filter((each) => each.system === true || each.name === "users");
  const own = collections.filter((each) => !system.includes(each));
  const options = [...own, ...system].map((each) => ({
    value: each.name,
    label: collectionLabel(each),
  }));
  return {
    collections,
    hasOwn: own.length > 0,
    options: [...options, { value: CHANNELS, label: strings.channels }],
    labelOf: (name: string) =>
      options.find(({ value }) => value === name)?.label ??
      (name === CHANNELS ? strings.channels : name),
  };
}
