/**
 * The simulation was asked for something that nobody scripted or that it does not model. It is never a guess: the
 * message names what is missing.
 */
export class BitsSimulationError extends Error {
  override readonly name = 'BitsSimulationError';
}
