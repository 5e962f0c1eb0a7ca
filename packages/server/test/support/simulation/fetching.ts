import type { EventId, Message } from "@jarvis/contract";
import type { Viewer } from "../../../src/call.ts";
import { listMessages } from "../../../src/chat/receive.ts";
import type { Context } from "../../../src/context.ts";
import { listOwnEvents } from "../../../src/events/listing.ts";
import { getEvent } from "../../../src/events/service.ts";
import { getPoll } from "../../../src/polls/service.ts";
import { type Gathering, planIn } from "./planned.ts";
import type { Fetched } from "./view.ts";

/** Everything an application shows of an event, page by page. */
export async function fetchEvent(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  kind: Gathering["kind"] | null,
): Promise<Fetched> {
  const messages: Message[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await listMessages(ctx, viewer, event, { after, limit: 10 });
    messages.push(...page.messages);
    after = page.next !== undefined && "after" in page.next ? page.next.after : undefined;
  }
  const fetched = { messages, event: await getEvent(ctx, viewer, event) };
  const { shown } =
    kind === "series" ? await listOwnEvents(ctx, viewer, { series: event, limit: 200 }) : { shown: [] };
  const poll = kind === "poll" ? await getPoll(ctx, viewer, event) : null;
  return { ...fetched, plan: planIn(shown, poll) };
}
