import { z } from "zod";
import {
  acquainted,
  alwaysDone,
  askable,
  selfAboutAnybody,
  selfAboutAsker,
  selfAboutSomebody,
  selfOnly,
} from "./access.ts";
import { userRef } from "./accounts.ts";
import { endpoint } from "./endpoint.ts";
import { userId } from "./ids.ts";
import { instantMs, pageQuery } from "./values.ts";

const own = z.object({ id: userId });
const other = z.object({ id: userId, other: userId });
const signedInErrors = ["unauthenticated", "no_account", "forbidden", "not_found"] as const;
const openRequest = userRef.extend({ created_ms: instantMs });
/** `last_seen_ms` to the minute; null where it is not known. */
const presence = z.object({ online: z.boolean().nullable(), last_seen_ms: instantMs.nullable() });
const success = z.literal("success");

export const friends = {
  requestFriend: endpoint({
    method: "POST",
    path: "/user/{id}/friend_request",
    summary: "Ask the person in the path to be friends",
    description:
      "Answers `accepted` when that person had already asked. Asking again, being blocked, or having been declined looks `pending`.",
    auth: "session",
    access: askable,
    params: own,
    body: z.object({ from: userId }),
    response: z.enum(["pending", "accepted"]),
    errors: [...signedInErrors, "already_friends", "limit_exceeded"],
    rate: "friendRequest",
  }),
  withdrawFriendRequest: endpoint({
    method: "DELETE",
    path: "/user/{id}/friend_request",
    summary: "Withdraw the own request to the person in the path",
    auth: "session",
    access: alwaysDone,
    params: own,
    response: success,
    errors: signedInErrors,
  }),
  getPresence: endpoint({
    method: "GET",
    path: "/user/{id}/presence",
    summary: "Whether a person is online, and when they were last seen",
    description:
      "For oneself, friends, and people in an event with the caller that is neither passed nor cancelled, once both have answered its invitation. Of everybody else, and where one of the two has `show_online` off, both fields are null.",
    auth: "session",
    access: acquainted,
    params: own,
    response: presence,
    errors: ["unauthenticated", "no_account", "not_found"],
  }),
  listFriendRequests: endpoint({
    method: "GET",
    path: "/user/{id}/friend_requests",
    summary: "The own open requests",
    auth: "session",
    access: selfOnly,
    params: own,
    response: z.object({ incoming: z.array(openRequest), outgoing: z.array(openRequest) }),
    errors: signedInErrors,
  }),
  answerFriendRequest: endpoint({
    method: "PUT",
    path: "/user/{id}/friend_request/{from}",
    summary: "Answer a request",
    auth: "session",
    access: selfAboutAsker,
    params: z.object({ id: userId, from: userId }),
    body: z.object({ answer: z.enum(["accept", "decline"]) }),
    response: z.enum(["accepted", "declined"]),
    errors: [...signedInErrors, "limit_exceeded"],
  }),
  listFriends: endpoint({
    method: "GET",
    path: "/user/{id}/friends",
    summary: "The own friends: ids, or with `?expand=user` ids and names",
    auth: "session",
    access: selfOnly,
    params: own,
    query: z.object({ expand: z.literal("user").optional(), ...pageQuery }),
    response: z.union([z.array(userId), z.array(userRef)]),
    paged: true,
    errors: signedInErrors,
  }),
  removeFriend: endpoint({
    method: "DELETE",
    path: "/user/{id}/friends/{other}",
    summary: "End a friendship on both sides",
    auth: "session",
    access: selfAboutAnybody,
    params: other,
    response: success,
    errors: signedInErrors,
  }),
  block: endpoint({
    method: "PUT",
    path: "/user/{id}/blocks/{other}",
    summary: "Block a person",
    description:
      "Ends friendship, requests and shares; each vanishes from the other's view. Both stay in chats they share.",
    auth: "session",
    access: selfAboutSomebody,
    params: other,
    response: success,
    errors: signedInErrors,
  }),
  unblock: endpoint({
    method: "DELETE",
    path: "/user/{id}/blocks/{other}",
    summary: "Lift a block",
    auth: "session",
    access: selfAboutAnybody,
    params: other,
    response: success,
    errors: signedInErrors,
  }),
  listBlocks: endpoint({
    method: "GET",
    path: "/user/{id}/blocks",
    summary: "People the caller has blocked",
    auth: "session",
    access: selfOnly,
    params: own,
    query: z.object(pageQuery),
    response: z.array(userRef),
    paged: true,
    errors: signedInErrors,
  }),
} as const;

export type OnlineState = z.input<typeof presence>;
export type FriendRequests = z.input<typeof friends.listFriendRequests.response>;
