import type { friends } from "../friends.ts";
import type { ExamplesOf } from "../example.ts";
import { ids, nowMs } from "./cast.ts";

export const friendsExamples: ExamplesOf<typeof friends> = {
  requestFriend: { request: { params: { id: ids.ada }, body: { from: ids.carol } }, response: "pending" },
  withdrawFriendRequest: { request: { params: { id: ids.ada } }, response: "success" },
  listFriendRequests: {
    request: { params: { id: ids.ada } },
    response: { incoming: [{ id: ids.carol, username: "Carol", created_ms: nowMs }], outgoing: [] },
  },
  answerFriendRequest: {
    request: { params: { id: ids.ada, from: ids.carol }, body: { answer: "accept" } },
    response: "accepted",
  },
  listFriends: {
    request: { params: { id: ids.ada }, query: { expand: "user" } },
    response: [{ id: ids.bob, username: "Bob" }],
  },
  getPresence: {
    request: { params: { id: ids.bob } },
    response: { online: false, last_seen_ms: null },
  },
  removeFriend: { request: { params: { id: ids.ada, other: ids.bob } }, response: "success" },
  block: { request: { params: { id: ids.ada, other: ids.carol } }, response: "success" },
  unblock: { request: { params: { id: ids.ada, other: ids.carol } }, response: "success" },
  listBlocks: {
    request: { params: { id: ids.ada }, query: { limit: "20" } },
    response: [{ id: ids.carol, username: "Carol" }],
  },
};
