import { acceptSystemPaths } from '../arguments/urls_and_paths';
import type { Host } from '../host';
import { HOST } from '../host';
import { useService } from '../native/service';
import { RunningComputer } from './computer/create_computer';
import { identityOf } from './computer/fresh_state';
import { WINDOWS } from './service/versions';
import { placeOf, readState, SPEED_VARIABLE, speedFrom, STATE_VARIABLE } from './shared/place';
import { RemoteAddon } from './shared/remote_addon';

/*
 * node --require windows-bits/testing/register app.js: in this process, the package uses a simulated BITS, which it shares
 * with all processes that have the same state file.
 */

function register(): void {
  const stateFile = process.env[STATE_VARIABLE];
  if (stateFile === undefined || stateFile === '') {
    throw new TypeError(`windows-bits/testing/register needs ${STATE_VARIABLE}, the name of a state file`);
  }
  const place = placeOf(stateFile);
  const speed = speedFrom(process.env[SPEED_VARIABLE]);
  const none = () => undefined as never;
  // Only clock and files are used of this one: the queue is in the process of the service.
  const { state, clock, disk } = new RunningComputer({
    from: readState(place),
    clock: { mode: 'real', speed },
    drives: place.drives,
    engine: none,
    transport: none,
  });
  const user = state.users.find(({ kind }) => kind === 'standard' || kind === 'administrator')!;
  const { addon } = new RemoteAddon(place, speed, {
    windows: WINDOWS[state.version],
    wine: state.profile === 'wine-8' ? '8.0' : null,
    elevated: false,
    restrictedToken: false,
    simulated: true,
  });
  const host: Host = { clock, disk: disk.hostFor(identityOf(user, false)), randomHex: HOST.randomHex };
  if (process.platform !== 'win32') acceptSystemPaths();
  useService(() => ({ addon, host }));
  process.stderr.write(`windows-bits: BITS is simulated in this process, no BITS takes part (${place.stateFile})\n`);
}

register();
