import { Soak } from '../soak/soak';
import { useService } from '../support/service';

/** `npm run soak` gives both. */
const SECONDS = Number(process.env['WINDOWS_BITS_SOAK_SECONDS'] ?? 12);
const SEED = Number(process.env['WINDOWS_BITS_SOAK_SEED'] ?? 1);
const at = useService();

test(
  `${SECONDS} seconds of downloads with faults, seed ${SEED}: verified or reported, and nothing is left`,
  async () => {
    const soak = new Soak(at, SEED);
    await soak.run(SECONDS);
    process.stderr.write(`Soak\n${soak.figures}`);
    expect(soak.failures).toEqual([]);
  },
  (SECONDS + 180) * 1000,
);
