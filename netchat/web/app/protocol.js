/**
 * The protocol (docs/protocol.md): its name, and the types of what the server sends.
 *
 * @typedef {{line: number, topic: number, burst: number}} Limits
 * @typedef {{type: "welcome", name: string, server?: string, journal?: string, motd?: string[], limits: Partial<Limits>}} Welcome
 * @typedef {{type: "entered", room: string, topic: string, names: string[], last: number}} Entered
 * @typedef {{type: "said", room: string, id: number, time: string, from: string, text: string, action?: boolean,
 *   nonce?: string}} SaidLine
 * @typedef {{type: "told", from: string, to: string, time: string, text: string, action?: boolean, nonce?: string}} ToldLine
 * @typedef {{type: "joined" | "left", room: string, names: string[]}} JoinedOrLeft
 * @typedef {{type: "renamed", name: string, to: string}} Renamed
 * @typedef {{type: "topic", room: string, text: string, by?: string}} Topic
 * @typedef {{type: "names", room: string, names: string[]}} Names
 * @typedef {{type: "gap", room: string, from: number, to: number, damaged?: boolean}} Gap
 * @typedef {{type: "history", room: string, lines: SaidLine[], more: boolean}} HistoryPage
 * @typedef {{type: "found", room: string, lines: SaidLine[], more: boolean}} Found
 * @typedef {{type: "rooms", rooms: Array<{room: string, members: number}>}} Rooms
 * @typedef {{type: "pong"}} Pong
 * @typedef {{type: "error", code: string, message: string, nonce?: string}} Refusal
 * @typedef {{type: "closing", reason: string, message?: string, retry: number | null}} Closing
 * @typedef {Welcome | Entered | SaidLine | ToldLine | JoinedOrLeft | Renamed | Topic | Names | Gap | HistoryPage | Found
 *   | Rooms | Pong | Refusal | Closing} Message
 */

/** The subprotocol of the WebSocket. */
export const SUBPROTOCOL = "v1.json.netchat";
