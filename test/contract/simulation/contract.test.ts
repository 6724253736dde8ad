import { testContract } from '../contract';
import { simulationTarget } from './simulated_world';

testContract(simulationTarget());
