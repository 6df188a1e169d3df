import { afterEach } from 'vitest';
import type { BackendName } from './backends.js';
import { createWorld } from './world.js';
import type { World } from './world.js';

/** Makes worlds that end with their test. */
export function usingWorlds(): (name: BackendName) => World {
  const made: World[] = [];
  afterEach(() => made.splice(0).forEach((world) => world.dispose()));
  return (name) => {
    const world = createWorld(name);
    made.push(world);
    return world;
  };
}
