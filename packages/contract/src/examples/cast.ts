/**
 * Who and what the examples are about: Ada and Bob are friends; Ada has invited Bob and Carol to dinner, Bob comes
 * and may be seen on his way. Ids are opaque to clients: these only look like ids.
 */
export const ids = {
  ada: "01900000-0000-7000-8000-0000000000a1",
  bob: "01900000-0000-7000-8000-0000000000b1",
  carol: "01900000-0000-7000-8000-0000000000c1",
  dan: "01900000-0000-7000-8000-0000000000d1",
  event: "01900000-0000-7000-8000-0000000000e1",
  brunch: "01900000-0000-7000-8000-0000000000e2",
  option: "01900000-0000-7000-8000-0000000000b8",
  otherOption: "01900000-0000-7000-8000-0000000000b9",
  message1: "01900000-0000-7000-8000-000000000001",
  message2: "01900000-0000-7000-8000-000000000002",
  photo: "01900000-0000-7000-8000-000000000051",
  calendar: "01900000-0000-7000-8000-0000000000ca",
  message3: "01900000-0000-7000-8000-000000000003",
  invitation: "01900000-0000-7000-8000-0000000000f1",
  session: "01900000-0000-7000-8000-0000000000a9",
  adasSession: "01900000-0000-7000-8000-0000000000a2",
  passkey: "01900000-0000-7000-8000-0000000000a3",
  /** Made by an authenticator, for one challenge. */
  challenge: "ZXhhbXBsZS1jaGFsbGVuZ2UtZm9yLW9uZS11c2U",
  handle: "ZXhhbXBsZS1oYW5kbGUtb2YtYS11c2Vy",
  credential: "ZXhhbXBsZS1jcmVkZW50aWFs",
  clientData: "ZXhhbXBsZS1jbGllbnQtZGF0YQ",
  attestation: "ZXhhbXBsZS1hdHRlc3RhdGlvbg",
  authenticatorData: "ZXhhbXBsZS1hdXRoZW50aWNhdG9yLWRhdGE",
  signature: "ZXhhbXBsZS1zaWduYXR1cmU",
  /** An issuer's ID token, and the identity that it proves. */
  idToken: "ZXhhbXBsZS1oZWFkZXI.ZXhhbXBsZS1jbGFpbXM.ZXhhbXBsZS1zaWduYXR1cmU",
  issuer: "https://accounts.example.org",
  identity: "ZXhhbXBsZS1pZGVudGl0eQ",
  /** Where somebody stands in everything that they hear. */
  cursor: "ZXhhbXBsZS1jdXJzb3I",
  epoch: "01900000-0000-7000-8000-000000000e9c",
  device: "01900000-0000-7000-8000-0000000000d0",
  /** The file that sets OwnTracks up with it, in base64, and codes of what opens each app. */
  deviceFile: "ZXhhbXBsZS1jb25maWd1cmF0aW9u",
  ownTracksCode: "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h1'/></svg>",
  traccarCode: "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h2'/></svg>",
  osmAndCode: "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h3'/></svg>",
  overlandCode: "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h4'/></svg>",
  gpsLoggerCode: "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h5'/></svg>",
  deviceToken: "ZXhhbXBsZS1kZXZpY2Utbm8tc2VjcmV0LWF0LWFsbCE",
  /** What opens a calendar, and what opens its busy times alone. */
  feed: "01900000-0000-7000-8000-0000000000fe",
  feedSecret: "ZXhhbXBsZS1jYWxlbmRhci1uby1zZWNyZXQtYXQtYWw",
  freebusySecret: "ZXhhbXBsZS1idXN5LXRpbWVzLW5vLXNlY3JldC1hdCE",
} as const;

/** What a session token looks like; nobody holds this one. */
export const token = "ZXhhbXBsZS10b2tlbi1uby1zZWNyZXQtYXQtYWxsISE";

/** Bob's token, in the frame that he signs in with. */
export const bobsToken = "Qm9icy1leGFtcGxlLXRva2VuLW5vLXNlY3JldC1hdC1h";

/** The moment of the examples: 1 June 2030, noon in UTC. */
export const nowMs = 1_906_545_600_000;
