// Microsoft's own clients of Azure Web PubSub: one listens at the address that it is
// given, the other sends. What is heard goes to standard output, a line each.
import { WebPubSubClient } from "@azure/web-pubsub-client";
import { AzureKeyCredential, WebPubSubServiceClient } from "@azure/web-pubsub";

const [endpoint, address] = process.argv.slice(2);
const say = (what, value) => console.log(what, JSON.stringify(value));
const service = new WebPubSubServiceClient(endpoint, new AzureKeyCredential("key"), "certgate", { allowInsecureConnection: true });
const client = new WebPubSubClient({ getClientAccessUrl: async () => address }, { messageRetryOptions: { maxRetries: 0 } });
client.on("connected", async (e) => {
  say("connected", e.userId);
  await client.joinGroup("instances").catch((error) => say("refused", error.errorDetail?.name));
  const group = service.group("instance.a");
  await service.group("instances").sendToAll({ n: 0 });
  await group.sendToAll({ n: 1 });
  await group.sendToAll({ n: 2 });
});
client.on("group-message", (e) => {
  say("heard", [e.message.group, e.message.data, e.message.sequenceId]);
  if (e.message.data.n === 2) client.stop();
});
client.on("stopped", () => process.exit(0));
await client.start();
