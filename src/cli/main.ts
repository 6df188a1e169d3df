#!/usr/bin/env node
/**
 * The first thing that a command does. A verb that plans needs an engine process, which takes as long to start as everything else
 * takes to load: so that goes first. What it starts keeps nothing running and changes nothing; process.ts is the command itself.
 */
import { startEngine } from '../early.js';

const PLANNING: readonly (string | undefined)[] = ['run', 'plan', 'apply', 'retry'];
const words = process.argv.slice(2);
if (PLANNING.includes(words[0]) && !words.includes('--help') && !words.includes('-h')) startEngine();
await import('./process.js');
