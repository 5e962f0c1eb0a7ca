import type { access } from "../sign-in.ts";
import type { ExamplesOf } from "../example.ts";
import { ids, nowMs, token } from "./cast.ts";

const credential = {
  id: ids.credential,
  rawId: ids.credential,
  type: "public-key",
  clientExtensionResults: {},
} as const;
const passkey = {
  id: ids.passkey,
  kind: "passkey",
  name: "Phone",
  created_ms: nowMs,
  used_ms: null,
} as const;
const session = {
  id: ids.adasSession,
  kind: "session",
  created_ms: nowMs,
  used_ms: nowMs,
  expires_ms: 1914321600000,
  current: true,
} as const;

export const accessExamples: ExamplesOf<typeof access> = {
  passkeyRegisterOptions: {
    request: {},
    response: {
      challenge: ids.challenge,
      rp: { name: "Jarvis", id: "jarvis.example" },
      user: { id: ids.handle, name: "Ada", displayName: "Ada" },
      pubKeyCredParams: [
        { alg: -48, type: "public-key" },
        { alg: -8, type: "public-key" },
        { alg: -7, type: "public-key" },
        { alg: -257, type: "public-key" },
      ],
      timeout: 300000,
      attestation: "none",
      excludeCredentials: [],
      authenticatorSelection: {
        residentKey: "required",
        userVerification: "required",
        requireResidentKey: true,
      },
      extensions: { credProps: true },
      hints: [],
    },
  },
  passkeyRegister: {
    request: {
      body: {
        credential: {
          ...credential,
          response: { clientDataJSON: ids.clientData, attestationObject: ids.attestation },
        },
        name: "Phone",
      },
    },
    response: passkey,
  },
  passkeyLoginOptions: {
    request: {},
    response: {
      challenge: ids.challenge,
      rpId: "jarvis.example",
      timeout: 300000,
      userVerification: "required",
    },
  },
  passkeyLogin: {
    request: {
      body: {
        credential: {
          ...credential,
          response: {
            clientDataJSON: ids.clientData,
            authenticatorData: ids.authenticatorData,
            signature: ids.signature,
            userHandle: ids.handle,
          },
        },
      },
    },
    response: { id: ids.ada, token, expires_ms: 1914321600000 },
  },
  addIdentity: {
    request: { params: { id: ids.ada }, body: { jwt_token: ids.idToken } },
    response: { id: ids.identity, kind: "identity", issuer: ids.issuer, created_ms: nowMs },
  },
  changePassword: {
    request: { params: { id: ids.ada }, body: { new: "correct horse battery" } },
    response: "success",
  },
  listAccess: { request: { params: { id: ids.ada } }, response: [session] },
  revokeAccess: { request: { params: { id: ids.ada, access: ids.adasSession } }, response: "success" },
};
