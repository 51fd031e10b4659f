import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What runs have left of a process builder in `home`: work folders, and processes that know one of them. */
export async function leftIn(home: string): Promise<string[]> {
  const folders = await readdir(join(home, 'runs')).catch(() => []);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
  const processes: string[] = [];
  for (const pid of pids) {
    const command = await read(pid, 'cmdline');
    const known = (await read(pid, 'environ')) + command;
    if (known.includes(join(home, 'runs'))) processes.push(`${pid} ${command.slice(0, 200)}`);
  }
  return [...folders, ...processes];
}
