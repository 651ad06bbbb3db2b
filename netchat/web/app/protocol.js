/**
 * The protocol (docs/protocol.md): its name, and the types of what the server sends.
 *
 * @typedef {{line: number, topic: number, burst: number}} Limits
 * @typedef {{type: "welcome", name: string, server?: string, journal?: string, motd?: string[], limits: Partial<Limits>,
 *   account?: boolean, roles?: Record<string, Role>, names?: "open" | "owned" | "members"}} Welcome
 * @typedef {{type: "entered", room: string, topic: string, names: string[], last: number, quiet?: string[]}} Entered
 * @typedef {{type: "said", room: string, id: number, time: string, from: string, text: string, action?: boolean,
 *   nonce?: string, deleted?: boolean, all?: boolean}} SaidLine
 * @typedef {{type: "told", from: string, to: string, time: string, text: string, action?: boolean, nonce?: string,
 *   id?: number}} ToldLine
 * @typedef {{type: "joined" | "left", room: string, names: string[], quiet?: boolean}} JoinedOrLeft
 * @typedef {{type: "renamed", name: string, to: string}} Renamed
 * @typedef {{type: "topic", room: string, text: string, by?: string}} Topic
 * @typedef {{type: "names", room: string, names: string[], quiet?: string[]}} Names
 * @typedef {{type: "gap", room: string, from: number, to: number, damaged?: boolean}} Gap
 * @typedef {{type: "history", room: string, lines: SaidLine[], more: boolean, with?: string}} HistoryPage
 * @typedef {{type: "found", room: string, lines: SaidLine[], more: boolean}} Found
 * @typedef {{type: "rooms", rooms: Array<{room: string, members: number}>}} Rooms
 * @typedef {{type: "pong"}} Pong
 * @typedef {{type: "error", code: string, message: string, nonce?: string, challenge?: Challenge}} Refusal
 * @typedef {{type: "closing", reason: string, message?: string, retry: number | null}} Closing
 *
 * Of accounts, roles and moderation:
 * @typedef {"operator" | "moderator" | "member"} Role
 * @typedef {{name: string, journal: string, nonce: string, methods: string[], binding: string}} Challenge
 * @typedef {{type: "auth-step", data: string}} AuthStep
 * @typedef {{type: "owned", name: string, nonce?: string}} Owned
 * @typedef {{type: "done", nonce?: string, message?: string}} Done
 * @typedef {{id: number, kind: string, label: string, since: string}} Proof
 * @typedef {{id: string, agent: string, door: string, since: string, own: boolean}} Device
 * @typedef {{type: "account", name: string, since: string, proofs: Proof[], devices: Device[], roles: Record<string, Role>,
 *   ignored: string[]}} Account
 * @typedef {{type: "invited", token: string, uses: number, until: string | null, nonce?: string}} Invited
 * @typedef {"kick" | "ban" | "unban" | "mute" | "unmute" | Role | "none"} ModerationAction
 * @typedef {{type: "moderated", room: string, action: ModerationAction, name: string, by: string, until: string | null,
 *   reason: string}} Moderated
 * @typedef {{type: "roles", room: string, roles: Record<string, "operator" | "moderator" | "">}} RolesShown
 * @typedef {{type: "deleted", room: string, id: number, by: string}} Deleted
 * @typedef {{private: boolean, readonly: boolean, moderated: boolean, slow: number, quiet: boolean}} RoomSettings
 * @typedef {{type: "room", room: string, by: string} & RoomSettings} RoomChanged
 * @typedef {{type: "announced", text: string, by: string, time: string}} Announced
 * @typedef {{type: "locked", on: boolean, by: string, until: string | null, reason: string}} Locked
 * @typedef {{type: "read", room: string, id: number}} ReadMark
 * @typedef {{what: string, target: string, room: string, until: string | null, reason: string, by: string, since: string}} Ban
 * @typedef {{type: "bans", room: string, bans: Ban[], more: number}} Bans
 * @typedef {{type: "who", room: string, guests: Array<{name: string, account: boolean, door: string, since: string,
 *   idle: number, address?: string}>, more: number}} Who
 * @typedef {{type: "whois", name: string, account: boolean, here: boolean, roles: Record<string, Role>, away: string,
 *   since: string | null}} Whois
 * @typedef {{type: "away", name: string, text: string}} Away
 * @typedef {{type: "ignored", names: string[]}} Ignored
 *
 * @typedef {Welcome | Entered | SaidLine | ToldLine | JoinedOrLeft | Renamed | Topic | Names | Gap | HistoryPage | Found
 *   | Rooms | Pong | Refusal | Closing | AuthStep | Owned | Done | Account | Invited | Moderated | RolesShown | Deleted
 *   | RoomChanged | Announced | Locked | ReadMark | Bans | Who | Whois | Away | Ignored} Message
 */

/** The subprotocol of the WebSocket. */
export const SUBPROTOCOL = "v1.json.netchat";
