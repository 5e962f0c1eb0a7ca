import { createHash } from "node:crypto";
import type { Json } from "./world.ts";

const flags = { present: 0x01, verified: 0x04, attested: 0x40 } as const;

/** What a test can make an authenticator do wrong. */
export interface Faults {
  origin?: string;
  rpId?: string;
  type?: string;
  challenge?: string;
  /** Without a finger, a face or a PIN. */
  unverified?: boolean;
  counter?: number;
  userHandle?: string | null;
  /** Signs something else. */
  forged?: boolean;
}

interface Held {
  readonly id: string;
  readonly userHandle: string;
  readonly keys: CryptoKeyPair;
  counter: number;
}

/** A software authenticator with discoverable ES256 credentials (WebAuthn level 3, sections 6.1 to 6.5). */
export class Authenticator {
  readonly held: Held[] = [];
  readonly #origin: string;
  readonly #counts: boolean;

  /** One that does not count its signatures always says 0, as those synchronised between devices do. */
  constructor(origin: string, { counts = true } = {}) {
    this.#origin = origin;
    this.#counts = counts;
  }

  /** `navigator.credentials.create()` followed by `toJSON()`. */
  async create(options: Json, faults: Faults = {}): Promise<Json> {
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]);
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16)));
    const key = await crypto.subtle.exportKey("jwk", keys.publicKey);
    const held = { id: id.toString("base64url"), userHandle: options.user.id, keys, counter: 0 };
    const attested = Buffer.concat([
      Buffer.alloc(16),
      Buffer.from([0, id.length]),
      id,
      coseKey(bytes(key.x ?? ""), bytes(key.y ?? "")),
    ]);
    const authData = Buffer.concat([this.#authData(held, options.rp.id, faults, flags.attested), attested]);
    this.held.push(held);
    return this.#credential(held, {
      clientDataJSON: this.#clientData("webauthn.create", options.challenge, faults),
      attestationObject: cborMap([
        ["fmt", cborText("none")],
        ["attStmt", Buffer.from([0xa0])],
        ["authData", cborBytes(authData)],
      ]).toString("base64url"),
      transports: ["internal"],
    });
  }

  /** `navigator.credentials.get()` followed by `toJSON()`, with the newest credential. */
  async get(options: Json, faults: Faults = {}): Promise<Json> {
    const held = this.held.at(-1);
    if (held === undefined) throw new Error("no credential");
    if (this.#counts) held.counter++;
    const authData = this.#authData(held, options.rpId, faults, 0);
    const clientDataJSON = this.#clientData("webauthn.get", options.challenge, faults);
    const signed = Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, "base64url"))]);
    const signature = await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      held.keys.privateKey,
      faults.forged ? Buffer.from("something else") : signed,
    );
    return this.#credential(held, {
      clientDataJSON,
      authenticatorData: authData.toString("base64url"),
      signature: derSignature(Buffer.from(signature)).toString("base64url"),
      ...(faults.userHandle === null ? {} : { userHandle: faults.userHandle ?? held.userHandle }),
    });
  }

  #credential({ id }: Held, response: object): Json {
    return { id, rawId: id, type: "public-key", clientExtensionResults: {}, response };
  }

  #clientData(type: string, challenge: string, faults: Faults): string {
    const data = { type, challenge, origin: this.#origin, crossOrigin: false, ...faults };
    const { type: said, challenge: answered, origin, crossOrigin } = data;
    return Buffer.from(JSON.stringify({ type: said, challenge: answered, origin, crossOrigin })).toString(
      "base64url",
    );
  }

  #authData(held: Held, rpId: string, faults: Faults, more: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(faults.counter ?? held.counter);
    const set = flags.present | (faults.unverified ? 0 : flags.verified) | more;
    return Buffer.concat([sha256(Buffer.from(faults.rpId ?? rpId)), Buffer.from([set]), counter]);
  }
}

function sha256(data: Buffer): Buffer {
  return createHash("sha256").update(data).digest();
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "base64url");
}

/** COSE_Key (RFC 9053, section 7.1.1): EC2, ES256, P-256. */
function coseKey(x: Buffer, y: Buffer): Buffer {
  const head = Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01]);
  return Buffer.concat([head, Buffer.from([0x21]), cborBytes(x), Buffer.from([0x22]), cborBytes(y)]);
}

/** CBOR (RFC 8949) as far as an attestation needs it. */
function cborHead(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  return length < 256
    ? Buffer.from([(major << 5) | 24, length])
    : Buffer.from([(major << 5) | 25, length >> 8, length & 0xff]);
}

function cborBytes(data: Buffer): Buffer {
  return Buffer.concat([cborHead(2, data.length), data]);
}

function cborText(text: string): Buffer {
  return Buffer.concat([cborHead(3, text.length), Buffer.from(text)]);
}

function cborMap(entries: [string, Buffer][]): Buffer {
  return Buffer.concat([
    cborHead(5, entries.length),
    ...entries.flatMap(([key, value]) => [cborText(key), value]),
  ]);
}

/** WebCrypto writes r and s side by side, authenticators as ASN.1 DER. */
function derSignature(raw: Buffer): Buffer {
  const parts = Buffer.concat([derInteger(raw.subarray(0, 32)), derInteger(raw.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, parts.length]), parts]);
}

function derInteger(value: Buffer): Buffer {
  const first = value.findIndex((byte) => byte !== 0);
  const short = value.subarray(Math.max(0, first));
  const positive = (short[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), short]) : short;
  return Buffer.concat([Buffer.from([0x02, positive.length]), positive]);
}
