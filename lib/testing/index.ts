/** A simulated BITS, for tests of programs that use this package. */
export { simulateBits, Simulation, SimulatedServer } from './simulation';
export type { SavedSimulation, SimulationOptions, UserOptions } from './options';
export { BitsSimulationError } from './simulation_error';
export type { Installed } from './program';
export type { ClockMode } from './computer/clock';
export type { AccountKind, BitsVersion, ProfileName } from './computer/state';
export type { SimulationClock } from './controls/clock';
export type { NetworkCost, SimulatedNetwork, SimulatedPolicies, SimulatedPower } from './controls/conditions';
export type { SimulatedFiles } from './controls/files';
export type { SimulatedMachine, SimulatedService, SimulatedUsers } from './controls/machine';
export type { QueuedFile, QueuedJob } from './controls/queue';
export type { Duration, Rate } from './controls/units';
export type { SimulatedCall } from './addon/calls';
export type { FaultOptions, Faults } from './addon/faults';
export type { SimulatedProgram } from './program';
export type { ServerCounts } from './transport/scripted_server';
export type { ChangedSettings, ScriptStep, ServerAuth, ServerSettings } from './transport/server_settings';
export {
  acceptBitsPost,
  basicAccess,
  bearerAccess,
  createFileServer,
  createUploadServer,
  FileServer,
  generatedBytes,
  headerAccess,
  Tokens,
  UploadServer,
} from './servers';
export type {
  Access,
  Address,
  Content,
  FileFault,
  FileRequest,
  FileServerOptions,
  GeneratedContent,
  OrderedFault,
  PacketInfo,
  PacketType,
  Refusal,
  ReplyFunction,
  ReplyUrlForm,
  RequestHandler,
  ServedFile,
  ServingOptions,
  UploadAccess,
  UploadedFile,
  UploadFault,
  UploadPacket,
  UploadReply,
  UploadServerOptions,
} from './servers';
