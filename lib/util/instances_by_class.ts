/** At most one instance of each class, created when it is first asked for. */
export class InstancesByClass {
  readonly #made = new Map<abstract new () => object, object>();

  of<T extends object>(Class: new () => T): T {
    const known = this.#made.get(Class);
    if (known !== undefined) return known as T;
    const made = new Class();
    this.#made.set(Class, made);
    return made;
  }

  get all(): readonly object[] {
    return [...this.#made.values()];
  }
}
