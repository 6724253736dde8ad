/** At most one instance of each class, created when it is first asked for. */
export class InstancesByClass {
  readonly #made = new Map<unknown, object>();

  of<T extends object, A extends unknown[]>(Class: new (...args: A) => T, ...args: A): T {
    const known = this.#made.get(Class);
    if (known !== undefined) return known as T;
    const made = new Class(...args);
    this.#made.set(Class, made);
    return made;
  }

  get all(): readonly object[] {
    return [...this.#made.values()];
  }
}
