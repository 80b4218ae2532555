export { Auth } from "./auth/auth.js";
export type { Mfa, MfaSetup, Proof } from "./auth/mfa.js";
export type { OAuth } from "./auth/oauth.js";
export type { Passkey, Passkeys } from "./auth/passkeys.js";
export type { Session, SessionListener, User } from "./auth/session.js";
export type { SignIn } from "./auth/signing.js";
export { browserStorage, memoryStorage, type SessionStorageAdapter } from "./auth/storage.js";
export {
  type BatchOptions,
  type Operation,
  type Outcome,
  type Outcomes,
  type Reference,
  reference,
} from "./batch.js";
export { Client, type ClientOptions, createClient, type RequestOptions } from "./client.js";
export {
  type BulkOptions,
  type ChangeOptions,
  Collection,
  etagOf,
  type WriteOptions,
} from "./collection.js";
export type { Where } from "./conditions.js";
export { BackendifyError, type Problem, type Violation } from "./errors.js";
export type { Expand, FieldNames, ListOptions, Page, Result, Sort } from "./reads.js";
export type { Channel, ChannelOptions, Member, Party } from "./realtime/channel.js";
export type { RecordEvent } from "./realtime/events.js";
export type { SubscriptionStatus } from "./realtime/lasting.js";
export type { SocketClass, SocketLike } from "./realtime/sockets.js";
export type { Handlers, SubscribeOptions, Subscription } from "./realtime/subscription.js";
export type { AnySchema, CreateOf, IdOf, Name, RecordOf, SchemaOf, UpdateOf } from "./schema.js";
