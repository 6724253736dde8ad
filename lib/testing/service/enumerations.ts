interface Table {
  readonly values: Readonly<Record<string, number>>;
}

/** Whether a number is one of an enumeration. */
export function isOneOf(table: Table, value: number): boolean {
  return Object.values(table.values).includes(value);
}

/** Whether a number has no bits but those of a set of flags. */
export function areFlagsOf(table: Table, flags: number): boolean {
  return (flags & ~allFlags(table)) === 0;
}

export function allFlags({ values }: Table): number {
  return Object.values(values).reduce((bits, bit) => bits | bit, 0);
}
