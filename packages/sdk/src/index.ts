export type { Arguments, CallOptions, Method, Page, Result } from "./call.ts";
export { type Client, type ClientOptions, createClient, type Features } from "./client.ts";
export type { ResumePoint } from "./cursors.ts";
export type { Clock, Fetch, Random, Socket, SocketConstructor, SocketEvent } from "./environment.ts";
export { JarvisError, JarvisNetworkError } from "./errors.ts";
export type { Sent } from "./outbox.ts";
export { Connection, type ConnectionState, type RealtimeOptions } from "./realtime.ts";
