/** Every lake of the collection, through its whole life. `npm run test:long`. */
import * as byInputs from './collection/by-inputs.js';
import * as byLayout from './collection/by-layout.js';
import { liveThrough } from './live-through.js';

liveThrough([...Object.values(byLayout), ...Object.values(byInputs)]);
