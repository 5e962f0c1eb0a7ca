import server from "../../package.json" with { type: "json" };

/** Version of this server, as its package declares it. */
export const version: string = server.version;
