/**
 * One engine process that a program starts before it knows what for. The first engine that needs a process takes it over; if none
 * ever does, it ends with the program, which it does not keep running. The one state of this room that a whole program shares.
 */
import { EngineProcess } from './child-process.js';

let early: EngineProcess | null = null;

/** The one that waits to be taken. */
export function startEarly(): EngineProcess {
  if (early === null) {
    early = new EngineProcess();
    early.rest();
  }
  return early;
}

/** The early one if it waits and lives, else one that starts now. It is the caller's. */
export function nextProcess(): EngineProcess {
  const child = early;
  early = null;
  return child?.alive === true ? child : new EngineProcess();
}
