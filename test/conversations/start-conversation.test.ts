import assert from "node:assert/strict";
import { createConversationStore } from "../../server/conversations/conversation-store.js";
import { createStartConversation } from "../../server/conversations/start-conversation.js";
import { toRefusal } from "../../server/errors.js";
import { eraseVisitor } from "../../server/visitors/erase-visitor.js";
import { createNoteVisit } from "../../server/visitors/note-visit.js";
import { saveProfile } from "../../server/visitors/save-profile.js";
import { createVisitorStore } from "../../server/visitors/visitor-store.js";
import { makeSite, newId, newToken } from "../realtime/start-chat.js";
import { openStore, type OpenStore } from "../support/open-store.js";

describe("what a visitor does while they are erased", () => {
  const site = makeSite("shop", "http://shop.example");
  const clock = { now: () => 1_000_000 };
  let store: OpenStore;
  before(async () => {
    store = await openStore();
  });
  after(() => store.close());

  function open() {
    const visitors = createVisitorStore(store);
    const conversations = createConversationStore(store);
    const publish = { tokenRevoked: () => undefined };
    return {
      visitors,
      conversations,
      erase: (id: string) => eraseVisitor({ visitors, clock, publish }, site, id),
      rateLimits: { consume: () => Promise.resolve() },
      clock,
    };
  }
  const starter = () => ({ site, token: newToken(), address: "192.0.2.1", ofAge: true });
  const coded = (code: string) => (error: unknown) => toRefusal(error).code === code;

  it("a conversation begins where nobody erases", async () => {
    const deps = open();
    await store.createIndexes();
    const id = newId();
    const { visitor, conversation } = await createStartConversation(deps)(starter(), id);
    assert.deepEqual([conversation.id, conversation.visitor], [id, visitor.id]);
  });

  it("a conversation that the erasure did not see takes no message", async () => {
    const { conversations, ...deps } = open();
    // The other side of the race: the whole erasure, between the two writes of a beginning.
    const racing = {
      ...conversations,
      async createOnce(conversation: Parameters<typeof conversations.createOnce>[0]) {
        await deps.erase(conversation.visitor);
        return conversations.createOnce(conversation);
      },
    };
    const start = createStartConversation({ ...deps, conversations: racing });
    await assert.rejects(start(starter(), newId()), coded("TOKEN_REVOKED"));
  });

  it("a name and a visit leave what is left of the record alone", async () => {
    const deps = open();
    const { visitor } = await createStartConversation(deps)(starter(), newId());
    const living = { revokedAt: null };
    const profile = { name: "Erika", email: "" };
    assert.deepEqual((await saveProfile(deps, site, visitor.id, profile, living)).profile, profile);
    await deps.erase(visitor.id);
    const left = await deps.visitors.find(site.id, visitor.id);
    await assert.rejects(
      saveProfile(deps, site, visitor.id, profile, living),
      coded("UNKNOWN_VISITOR"),
    );
    await createNoteVisit(deps)(site, visitor.id, clock.now() + 1000);
    assert.deepEqual(await deps.visitors.find(site.id, visitor.id), left);
    assert.deepEqual(left?.profile, { name: "", email: "" });
  });
});
