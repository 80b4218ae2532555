/** Every screen of who may do what. */
import { ACCESS_SCREENS } from "./access-screens";
import { fillNewsroom } from "./newsroom";
import { walk } from "./walk";

walk(ACCESS_SCREENS, async (api) => {
  await fillNewsroom(api);
  await api("POST", "/projects", { name: "Quiet", slug: "quiet" });
  await api("POST", "/projects/quiet/collections", { name: "notes" });
});
