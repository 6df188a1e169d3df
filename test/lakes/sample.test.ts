/** Two lakes of the collection; all of them in collection.test.ts. */
import { discovered } from './collection/by-inputs.js';
import { landing } from './collection/by-layout.js';
import { liveThrough } from './live-through.js';

liveThrough([landing, discovered]);
