/** Tells listeners by name what has happened. */

export class Emitter {
  /** @type {Map<string, Array<(detail: any) => void>>} */
  #listeners = new Map();

  /**
   * Call `listener` at every `event`.
   * @param {string} event
   * @param {(detail: any) => void} listener
   */
  on(event, listener) {
    const listeners = this.#listeners.get(event) || [];
    listeners.push(listener);
    this.#listeners.set(event, listeners);
  }

  /**
   * Call the listeners to `event`.
   * @param {string} event
   * @param {any} [detail]
   */
  emit(event, detail) {
    for (const listener of this.#listeners.get(event) || []) listener(detail);
  }
}
