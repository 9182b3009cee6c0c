import { Store } from "../../../server/embedded-mongo/storage/store.js";
import { laterFormat } from "./upgrade-steps.js";

/** Opens the folder that is named and is killed in the last step of its upgrade. */
const [, , folder = ""] = process.argv;
const die = (): void => {
  process.kill(process.pid, "SIGKILL");
};
await Store.open(folder, () => undefined, laterFormat(die));
