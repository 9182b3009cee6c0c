import { openReliableClient, type ClientOptions } from "./reliable-client.js";

/** A client in a process of its own, so that it can be suspended: `client-process OPTIONS CONVERSATION`. */
const [options, conversation] = process.argv.slice(2);
const client = openReliableClient(JSON.parse(options ?? "") as ClientOptions);

const ready = setInterval(() => {
  if (client.shown(conversation ?? "").length === 0) return;
  clearInterval(ready);
  process.send?.("ready");
}, 20);

process.on("message", () => {
  process.send?.(client.shown(conversation ?? "").map(({ clientId }) => clientId));
});
