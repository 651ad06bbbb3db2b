/** The connection to the server: JSON messages over a WebSocket, opened again when it breaks. */

const SUBPROTOCOL = "v1.json.netchat";
const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;

/**
 * The state of a connection: `waiting` is closed until `until` (milliseconds since the epoch), and
 * `stopped` does not connect again by itself, because of `reason`.
 * @typedef {{name: "connecting" | "connected" | "waiting" | "stopped", until?: number, reason?: string}} State
 */

export class Connection {
  /**
   * @param {{hello: () => object, onMessage: (message: any) => void, onState: (state: State) => void}} user
   */
  constructor(user) {
    this.user = user;
    /** @type {State} */
    this.state = { name: "stopped" };
    /** @type {WebSocket | null} */
    this.socket = null;
    this.failures = 0;
    /** @type {number | undefined} */
    this.timer = undefined;
    /** @type {number | undefined} */
    this.pongTimer = undefined;
    setInterval(() => this.check(), PING_EVERY);
    // A tab that slept, or a phone that changed its network, finds out at once.
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    addEventListener("online", () => this.wake());
    addEventListener("pageshow", (event) => event.persisted && this.wake());
  }

  /** Connect now. */
  open() {
    clearTimeout(this.timer);
    this.drop();
    this.setState({ name: "connecting" });
    const url = new URL("ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.search = url.hash = "";
    const socket = new WebSocket(url, SUBPROTOCOL);
    /** @type {{reason: string, retry: number | null, message: string} | null} */
    let closing = null;
    this.socket = socket;
    socket.onopen = () => this.send({ type: "hello", ...this.user.hello() });
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      const message = JSON.parse(data);
      clearTimeout(this.pongTimer);
      if (message.type === "welcome") {
        this.failures = 0;
        this.setState({ name: "connected" });
      } else if (message.type === "closing") closing = message;
      this.user.onMessage(message);
    };
    socket.onclose = () => socket === this.socket && this.lose(closing);
  }

  /**
   * Send a message; return whether there is an open connection to send it on.
   * @param {object} message
   */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /**
   * Close, and do not connect again.
   * @param {string} reason
   */
  stop(reason) {
    clearTimeout(this.timer);
    this.send({ type: "bye" });
    this.drop();
    this.setState({ name: "stopped", reason });
  }

  /** Connect at once if waiting, and make sure that an open connection still works. */
  wake() {
    if (this.state.name === "waiting") this.open();
    else this.check();
  }

  /** Send a ping, whose answer must come in time. */
  check() {
    if (this.state.name !== "connected") return;
    clearTimeout(this.pongTimer);
    this.pongTimer = setTimeout(() => this.lose(null), PONG_WITHIN);
    this.send({ type: "ping" });
  }

  /** Forget the socket. */
  drop() {
    clearTimeout(this.pongTimer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /**
   * @param {{reason: string, retry: number | null, message: string} | null} closing
   */
  lose(closing) {
    this.drop();
    if (closing && closing.retry === null) {
      this.setState({ name: "stopped", reason: closing.message });
      return;
    }
    const backoff = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.failures++);
    const delay = Math.max(backoff, (closing?.retry ?? 0) * 1000) * (0.75 + Math.random() / 2);
    this.setState({ name: "waiting", until: Date.now() + delay });
    this.timer = setTimeout(() => this.open(), delay);
  }

  /** @param {State} state */
  setState(state) {
    this.state = state;
    this.user.onState(state);
  }
}
