import { limits } from "@jarvis/contract";
import type { Clock, Random } from "../environment.ts";
import { JarvisError } from "../errors.ts";
import type { Sent } from "../outbox.ts";
import { retryDelayMs } from "../retry.ts";
import { Kept } from "./kept.ts";
import { keep, type OutgoingMessage, type OutgoingPhoto, restore, unsettled } from "./outgoing.ts";
import type { ChatState } from "./event-state.ts";
import type { OutboxStorage } from "./storage.ts";

/** How a message leaves. Both may be tried again under the same name: the server keeps one. */
export interface Carrier {
  send(message: OutgoingMessage): Promise<Sent>;
  upload(chat: string, photo: { type: string; data: Blob | Uint8Array<ArrayBuffer> }): Promise<string>;
}

export interface SendingParts {
  readonly carrier: Carrier;
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: OutboxStorage;
  readonly limit: number;
  /** A chat as the state holds it; `loading` while it is fetched. */
  chatOf(id: string): ChatState | "loading" | undefined;
  onChange(outgoing: readonly OutgoingMessage[]): void;
  onStorageError(error: unknown): void;
}

/** What an application wants to say. */
export interface Draft {
  readonly text: string;
  readonly replyTo?: number | undefined;
  readonly mentions?: readonly string[] | undefined;
  readonly photos?: readonly { type: string; data: Blob | Uint8Array<ArrayBuffer> }[] | undefined;
}

/** Messages from the moment they are written until they are in their chat, failed ones until something is done about them. */
export class Sending {
  readonly #parts: SendingParts;
  readonly #underWay = new Set<string>();
  /** Where it is kept; undefined until it is known whose messages these are: until then, nothing leaves. */
  #kept: Kept | undefined;
  #outgoing: readonly OutgoingMessage[] = [];
  #stopped = false;
  #forget = false;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  get outgoing(): readonly OutgoingMessage[] {
    return this.#outgoing;
  }

  /** Goes on with what an earlier start has left under `key`, before anything new. */
  async begin(key: string): Promise<void> {
    const kept = new Kept(this.#parts.storage, key, (error) => this.#parts.onStorageError(error));
    const left = restore(await kept.read());
    if (this.#stopped) return this.#forget ? kept.clear() : undefined;
    this.#kept = kept;
    this.#set([...left, ...this.#outgoing]);
    await this.#save();
    for (const { clientId } of this.#outgoing) this.#launch(clientId);
  }

  /** Shows the message at once, keeps it, then sends it. Gives its `clientId`. */
  add(chat: string, draft: Draft): string {
    if (this.#stopped) throw new JarvisError("unavailable", { detail: "The store is closed" });
    if (this.#outgoing.length >= this.#parts.limit)
      throw new JarvisError("limit_exceeded", { detail: "Too many messages wait to be sent" });
    if (Array.from(draft.text).length > limits.textCodePoints) throw new JarvisError("limit_exceeded");
    const clientId = this.#parts.random.id();
    const photos = (draft.photos ?? []).map(({ type, data }) => ({ type, data, state: "waiting" as const }));
    this.#set([...this.#outgoing, { ...draft, clientId, chat, photos, state: "sending" }]);
    void this.#saveAndLaunch(clientId);
    return clientId;
  }

  /** Tries a failed message again, as the last of its chat. */
  retry(clientId: string): void {
    const failed = this.#find(clientId);
    if (failed?.state !== "failed") return;
    // Under a name that stands for another content, it would be refused for ever.
    const next = failed.code === "client_id_reused" ? this.#parts.random.id() : clientId;
    const photos = failed.photos.map((photo) => (photo.state === "uploaded" ? photo : waiting(photo)));
    const again: OutgoingMessage = { ...failed, clientId: next, photos, state: "sending", code: undefined };
    this.#set([...this.#outgoing.filter((message) => message !== failed), again]);
    void this.#saveAndLaunch(next);
  }

  /** Gives a failed message up. */
  discard(clientId: string): void {
    if (this.#find(clientId)?.state !== "failed") return;
    this.#remove(clientId);
  }

  /** A chat as it is now: what has arrived in it is no longer on its way. Undefined: it cannot be read any more, or is not held. */
  settle(id: string, chat: ChatState | undefined): void {
    const left = unsettled(this.#outgoing, id, chat);
    if (left === this.#outgoing) return;
    this.#set(left);
    void this.#save();
  }

  /** Nothing leaves any more; what is kept stays for the next start, or is forgotten. */
  async stop(forget: boolean): Promise<void> {
    this.#stopped = true;
    this.#forget ||= forget;
    if (!forget) return;
    this.#set([]);
    await this.#kept?.clear();
  }

  async #saveAndLaunch(clientId: string): Promise<void> {
    await this.#save();
    this.#launch(clientId);
  }

  #launch(clientId: string): void {
    const message = this.#find(clientId);
    if (this.#stopped || this.#kept === undefined || message?.state !== "sending") return;
    if (this.#underWay.has(clientId)) return;
    this.#underWay.add(clientId);
    void this.#carry(message).finally(() => this.#underWay.delete(clientId));
  }

  async #carry({ clientId }: OutgoingMessage): Promise<void> {
    try {
      await this.#uploadAll(clientId);
      const message = this.#find(clientId);
      if (this.#stopped || message === undefined) return;
      const { seq } = await this.#patiently(() => this.#parts.carrier.send(message));
      this.#change(clientId, { state: "sent", seq });
      const chat = this.#parts.chatOf(message.chat);
      if (chat !== "loading") this.settle(message.chat, chat);
    } catch (error) {
      if (!this.#stopped) this.#failed(clientId, error);
    }
    if (!this.#stopped) await this.#save();
  }

  async #uploadAll(clientId: string): Promise<void> {
    const { chat = "", photos = [] } = this.#find(clientId) ?? {};
    for (const [index, photo] of photos.entries()) {
      if (photo.state === "uploaded") continue;
      const { type, data } = photo;
      if (data === undefined) throw new JarvisError("photo_lost");
      this.#changePhoto(clientId, index, { state: "uploading" });
      const id = await this.#patiently(() => this.#parts.carrier.upload(chat, { type, data })).catch(
        (error: unknown) => {
          this.#changePhoto(clientId, index, { state: "failed" });
          throw error;
        },
      );
      this.#changePhoto(clientId, index, { state: "uploaded", id, data: undefined });
      await this.#save();
    }
  }

  /** As often as it takes, where waiting may help: both calls may be made twice. */
  async #patiently<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        const delayMs = retryDelayMs(error, true, attempt, this.#parts.random.fraction());
        if (this.#stopped || delayMs === undefined) throw error;
        await new Promise<void>((resolve) => void this.#parts.clock.schedule(delayMs, resolve));
        if (this.#stopped) throw error;
      }
    }
  }

  #failed(clientId: string, error: unknown): void {
    const code = error instanceof JarvisError ? error.code : "internal";
    this.#change(clientId, { state: "failed", code });
  }

  #find(clientId: string): OutgoingMessage | undefined {
    return this.#outgoing.find((message) => message.clientId === clientId);
  }

  #remove(clientId: string): void {
    this.#set(this.#outgoing.filter((message) => message.clientId !== clientId));
    void this.#save();
  }

  #change(clientId: string, change: Partial<OutgoingMessage>): void {
    if (this.#find(clientId) === undefined) return;
    this.#set(
      this.#outgoing.map((message) =>
        message.clientId === clientId ? Object.assign({}, message, change) : message,
      ),
    );
  }

  #changePhoto(clientId: string, at: number, change: Partial<OutgoingPhoto>): void {
    const photos = [...(this.#find(clientId)?.photos ?? [])];
    const photo = photos[at];
    if (photo !== undefined) photos[at] = { ...photo, ...change };
    this.#change(clientId, { photos });
  }

  #set(outgoing: readonly OutgoingMessage[]): void {
    this.#outgoing = outgoing;
    this.#parts.onChange(outgoing);
  }

  #save(): Promise<void> {
    return this.#stopped || this.#kept === undefined
      ? Promise.resolve()
      : this.#kept.write(keep(this.#outgoing));
  }
}

function waiting(photo: OutgoingPhoto): OutgoingPhoto {
  return { ...photo, state: "waiting" };
}
