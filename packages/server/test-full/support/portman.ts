import type { Cast } from "../../test/support/matrix/cast.ts";

interface PathVariable {
  key: string;
  value: string;
  overwrite: true;
  /** Where the path has no such part, none is added. */
  insert: false;
}

/** Ids that exist, so that the requests reach further than the door; nothing that would end the run's own session or event. */
export function portmanConfig(cast: Cast): object {
  const { me, asker, guest, event, missing } = cast;
  return {
    version: 1.0,
    globals: { securityOverwrites: { bearer: { token: me.token } }, stripResponseExamples: true },
    overwrites: [
      at("*::/user/*", { id: me.id, other: asker.id, from: asker.id }),
      at("*::/event/*", { id: event, person: guest.id, user: guest.id, from: guest.id }),
      at("*::/photos/*", { id: cast.photo }),
      at("*::/chat/*", { id: event, seq: "1" }),
      at("POST::/user/{id}/friend_request", { id: asker.id }),
      at("PUT::/user/{id}/logout", { id: missing }),
      at("DELETE::/user/{id}", { id: missing }),
      at("DELETE::/event/{id}", { id: missing }),
      at("DELETE::/event/{id}/people/{person}", { id: event, person: missing }),
      sending("POST::/user", { email: "{{$guid}}@example.org" }),
      sending("POST::/user/{id}/friend_request", { from: me.id }),
      sending("POST::/event", { people: [asker.id] }),
      sending("POST::/event/{id}/people", { people: [asker.id] }),
      sending("POST::/event/{id}/location_request", { user: guest.id }),
      sending("POST::/chat/{id}/messages", { client_id: "{{$guid}}", reply_to: 1 }),
    ],
    tests: {
      contractTests: [
        { openApiOperation: "*::/*", responseTime: { enabled: true, maxMs: 1_000 } },
        { openApiOperation: "*::/*", jsonBody: { enabled: true } },
      ],
      extendTests: [{ openApiOperation: "*::/*", tests: always, overwrite: false, append: true }],
      variationTests: [variation("*::/*", "fuzz")],
    },
  };
}

function at(openApiOperation: string, ids: Record<string, string>) {
  const overwriteRequestPathVariables: PathVariable[] = Object.entries(ids).map(([key, value]) => ({
    key,
    value,
    overwrite: true,
    insert: false,
  }));
  return { openApiOperation, overwriteRequestPathVariables };
}

function sending(openApiOperation: string, fields: Record<string, unknown>) {
  const overwriteRequestBody = Object.entries(fields).map(([key, value]) => ({
    key,
    value,
    overwrite: true,
  }));
  return { openApiOperation, overwriteRequestBody };
}

/** Whatever was asked: no failure of the server's, and a problem document where it refuses. */
const always = [
  "pm.test('is no failure of the server', () => pm.expect(pm.response.code).to.be.below(500));",
  "pm.test('is of the declared type', () => pm.expect(pm.response.headers.get('content-type')).to.match(pm.response.code < 400 ? /^(application\\/json|image\\/)/ : /^application\\/problem\\+json/));",
];

function variation(openApiOperation: string, name: string) {
  const body = [
    "requiredFields",
    "minimumNumberFields",
    "maximumNumberFields",
    "minLengthFields",
    "maxLengthFields",
  ];
  const enabled = Object.fromEntries(body.map((field) => [field, { enabled: true }]));
  const tests = {
    contractTests: [{ openApiOperation: "*::/*", responseTime: { enabled: true, maxMs: 1_000 } }],
    extendTests: [{ openApiOperation: "*::/*", tests: always }],
  };
  const fuzzing = [{ requestBody: [enabled], requestQueryParams: [enabled], requestHeaders: [enabled] }];
  return {
    openApiOperation,
    openApiResponse: "4*",
    variations: [{ name, openApiResponse: "400", fuzzing, tests }],
  };
}
