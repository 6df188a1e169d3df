// npm makes the bin executable on install; a checkout run in place needs it too.
import { chmodSync } from 'node:fs';
chmodSync(new URL('../dist/cli/main.js', import.meta.url), 0o755);
