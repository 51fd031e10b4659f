#!/usr/bin/env node
import { endWithReader } from './cli/gone-reader.ts';
import { runCli } from './cli/program.ts';

endWithReader();
process.exitCode = await runCli(process.argv);
