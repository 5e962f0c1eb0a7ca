import type { EventId, StreamId, UserId } from "@jarvis/contract";
import { authenticate } from "../../../src/accounts/service.ts";
import type { BusMessage } from "../../../src/bus/bus.ts";
import type { Viewer } from "../../../src/call.ts";
import type { Context } from "../../../src/context.ts";
import { StorageError } from "../../../src/db/database.ts";
import { createEvent } from "../../../src/events/creating.ts";
import { AppError } from "../../../src/lib/app-error.ts";
import { seedUser } from "../seed.ts";
import { fetchEvent } from "./fetching.ts";
import type { Backend, Observer } from "./backend.ts";
import { Device, type Intent } from "./device.ts";
import { Dice } from "./dice.ts";
import { Judge } from "./judge.ts";
import { Ledger } from "./ledger.ts";
import type { Plan } from "./steps.ts";
import type { ClientEnd } from "./client-end.ts";
import { Wire } from "./wire.ts";
import type { Line } from "./line.ts";
import { gather } from "./gather.ts";
import type { Gathering } from "./planned.ts";
import type { Fetched } from "./view.ts";

export interface Person {
  readonly id: UserId;
  readonly name: string;
}

/** Everything of one history: its people, their devices, the network between, and who watches. */
export class History implements Observer {
  readonly backend: Backend;
  readonly plan: Plan;
  readonly people: Person[] = [];
  readonly devices: Device[] = [];
  readonly events: EventId[] = [];
  readonly httpIntents: { device: Device; intent: Intent }[] = [];
  readonly edits = new Set<string>();
  /** Answers to occurrences, votes and the like that the server has taken. */
  gathered = 0;
  readonly gatherings = new Map<EventId, Gathering>();
  readonly judge: Judge;
  wires: Wire[] = [];
  ledger: Ledger;
  /** Calls that the server has not answered yet. */
  pending = 0;
  /** The operator is putting a backup in place: calls may fail. */
  isRestoring = false;
  isSettling = false;
  count = 0;
  restores = 0;
  readonly #dice: Dice;
  #refreshPlanned = false;
  #isOver = false;

  constructor(backend: Backend, plan: Plan) {
    this.backend = backend;
    this.plan = plan;
    this.#dice = new Dice(plan.seed ^ 0x5eed);
    backend.random.dice = new Dice(plan.seed ^ 0x1d5);
    backend.observer = this;
    backend.forgetBackup();
    this.ledger = new Ledger(backend.path);
    this.judge = new Judge(this.ledger, (wire) => this.#holder(wire));
  }

  get ctx(): Context {
    return this.backend.ctx;
  }

  #holder(line: Line): Device {
    const device = this.devices[line.owner];
    if (device === undefined) throw new Error("a wire belongs to a device");
    return device;
  }

  // ── What the backend tells ──────────────────────────────────────────────────────────────────────────────────────

  copies(message: BusMessage): number {
    if (this.isSettling || message.type !== "entry" || !message.stream.startsWith("event:")) return 1;
    if (this.#dice.chance(this.plan.lost)) return 0;
    return this.#dice.chance(this.plan.repeated) ? 2 : 1;
  }

  /** Looked at as soon as the effects of the whole group have run: what they sent was right a moment before. */
  committed(): void {
    if (this.#refreshPlanned) return;
    this.#refreshPlanned = true;
    queueMicrotask(() => {
      this.#refreshPlanned = false;
      if (this.#isOver) return;
      this.ledger.refresh(new Set(this.people.map(({ id }) => id)));
    });
  }

  logged(message: string, fields: object): void {
    if (this.isRestoring || message === "a connection was interrupted") return;
    // Entries that were pruned before the bus had told of them: whoever waited for them is sent to resume.
    if (message === "a stream could not be delivered" && Bun.inspect(fields).includes("lacks entries"))
      return;
    this.judge.report(`logged: ${message} ${Bun.inspect(fields)}`);
  }

  // ── Setting up ──────────────────────────────────────────────────────────────────────────────────────────────────

  async begin(): Promise<void> {
    for (let i = 0; i < this.plan.people; i++) {
      const { id, token, session } = await seedUser(this.ctx, `p${i}`);
      this.people.push({ id, name: `p${i}` });
      this.addDevice({ user: id, token, session });
    }
    const [owner] = this.devices;
    if (owner === undefined) throw new Error("a history has people");
    const viewer = await authenticate(this.ctx, owner.token);
    const { first = "plain" } = this.plan;
    if (first === "plain") await this.create(viewer, this.people.slice(1));
    else await this.gather(viewer, first);
  }

  async gather(viewer: Viewer, kind: Gathering["kind"]): Promise<void> {
    const guests = this.people.map(({ id }) => id).filter((id) => id !== viewer.id);
    const { id, gathering } = await gather(this.ctx, viewer, guests, kind);
    this.gatherings.set(id, gathering);
    this.events.push(id);
    this.ledger.track(id);
  }

  addDevice(who: { user: string; token: string; session: string }): void {
    const index = this.devices.length;
    const open = (): ClientEnd => {
      const wire = new Wire(index, this.judge, this.backend.topics);
      if (!this.isSettling && this.#dice.chance(0.7)) wire.weight = this.plan.weight;
      if (this.plan.isFaulty) wire.fault = () => (this.isSettling ? "none" : faultOf(this.#dice));
      this.wires.push(wire);
      return wire.client;
    };
    // A constructor may give back another object: the SDK says `new`, and gets its end of a wire.
    const WebSocket = function FakeWebSocket(): ClientEnd {
      return open();
    } as unknown as new () => ClientEnd;
    const random = { fraction: () => this.#dice.fraction(), id: () => `auto-${this.count++}` };
    const parts = { url: "ws://simulated/realtime", WebSocket, clock: this.backend.clock, random };
    const device = new Device({ index, ...who }, parts, this.plan.queueLimit);
    // A reset that the server has not sent is the SDK's way out where something is wrong with the stream.
    device.view.isTold = (reset) => this.plan.isFaulty || this.judge.takeReset(`${index} ${reset}`);
    this.devices.push(device);
  }

  async create(viewer: Viewer, guests: readonly Person[]): Promise<void> {
    const start_time = this.backend.clock.now() / 1_000 + 3_600;
    const people = guests.map(({ id }) => id);
    const input = { name: `event ${this.events.length}`, start_time, duration: 86_400, people };
    const { id } = await createEvent(this.ctx, viewer, input, null);
    this.events.push(id as EventId); // just made
    this.ledger.track(id);
  }

  // ── Calls over HTTP ─────────────────────────────────────────────────────────────────────────────────────────────

  /** The call arrives now; its answer travels until a step lets it arrive, if it does. */
  call<T>(
    device: Device,
    work: (viewer: Viewer) => Promise<T>,
    answered: (value: T | AppError) => void,
    lost = (): void => {},
  ): void {
    this.pending++;
    void authenticate(this.ctx, device.token)
      .then(work)
      .catch((error: unknown) => {
        if (error instanceof AppError) return error;
        if (error instanceof StorageError && this.isRestoring) return new AppError("unavailable");
        this.judge.report(`a call failed: ${Bun.inspect(error)}`);
        return new AppError("internal");
      })
      .then((value) => {
        device.answers.push({ arrives: () => answered(value), lost });
        this.pending--;
      });
  }

  fetch(device: Device, event: string): void {
    const seen = device.view.events.get(event);
    if (seen === undefined) return;
    seen.needsFetch = false;
    const touched = new Set<string>();
    seen.touched = touched;
    seen.answers.clear();
    const isCurrent = (): boolean => device.view.events.get(event) === seen && seen.touched === touched;
    const again = (): void => {
      if (!isCurrent()) return;
      seen.touched = null;
      seen.needsFetch = true;
    };
    this.call(
      device,
      (viewer) => this.fetchAs(viewer, event as EventId), // one of the history's own
      (answer) => {
        if (!isCurrent()) return;
        if (!(answer instanceof AppError)) return device.view.fetched(event, answer);
        // Signed out: the connection learns it too, and ends.
        if (answer.code === "unauthenticated") seen.touched = null;
        else if (answer.code === "not_found") device.view.events.delete(event);
        else again();
      },
      again,
    );
  }

  /** Everything that an application shows of an event. */
  fetchAs(viewer: Viewer, event: EventId): Promise<Fetched> {
    return fetchEvent(this.ctx, viewer, event, this.gatherings.get(event)?.kind ?? null);
  }

  /** Everything that anybody has tried to say. */
  intents(): Intent[] {
    return [
      ...this.devices.flatMap(({ intents }) => intents),
      ...this.httpIntents.map(({ intent }) => intent),
    ];
  }

  streams(): StreamId[] {
    const events = this.events.map((id) => `event:${id}` as const);
    return [...events, ...this.people.map(({ id }) => `user:${id}` as const)];
  }

  end(): void {
    this.#isOver = true;
    for (const device of this.devices) device.close();
    for (const wire of this.wires) {
      wire.cut();
      wire.serverNotices();
    }
    this.ledger.close();
  }
}

/** A proxy that does what none may: the SDK is to notice. */
function faultOf(dice: Dice): "none" | "lost" | "twice" {
  if (dice.chance(0.05)) return "lost";
  return dice.chance(0.05) ? "twice" : "none";
}
