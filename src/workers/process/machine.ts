import { userInfo } from 'node:os';
import type { Gateway } from '../builder.ts';
import type { WorkFolders } from './work-folder.ts';

/** What all parts of the process builder share. */
export type Machine = {
  /** Where runs work. */
  folders: WorkFolders;
  /** Where the build tools are kept. */
  toolboxes: string;
  /** Where programs are looked for: all that runs get from the server's environment. */
  path: string;
  /** What programs of a Rust that rustup manages need besides; nothing where it is left out. */
  rustup?: { RUSTUP_HOME: string; RUSTUP_AUTO_INSTALL: '0' };
  /** What the build tools are installed through; left out, the gateway of the run that needs them. */
  gateway: Gateway | undefined;
};

/** First line of every log: what this builder is not. */
export function unsandboxedNote(): string {
  return (
    `UNSANDBOXED: this runs as a process of this machine, as the user ${userName()}, with its files and its network. ` +
    'Time, silence and output are limited; memory, processes and disk are watched; processors are not limited.'
  );
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A number without a name, as in containers.
    return String(process.getuid?.());
  }
}
