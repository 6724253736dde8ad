import { testContract } from '../contract';
import { serviceTarget } from './service_world';

testContract(serviceTarget());
