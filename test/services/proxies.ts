import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePorts, startService } from './process.ts';
import { findProgram } from './state.ts';

/** Starts nginx in front of servers, so that it cannot be told from a client: it swallows interim answers. Ends with the test. Gives its URL. */
export async function startNginx(
  t: Pick<Test, 'teardown'>,
  servers: readonly string[],
  folder: string,
): Promise<string> {
  const [port] = await freePorts(1);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'nginx.conf');
  await writeFile(
    config,
    `pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
${temporary.map((one) => `  ${one}_temp_path ${folder}/${one};`).join('\n')}
  upstream wheelmill {
${servers.map((one) => `    server ${new URL(one).host};`).join('\n')}
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://wheelmill;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
  }
}
`,
  );
  const args = ['-p', folder, '-c', config, '-e', 'stderr', '-g', 'daemon off; master_process off;'];
  return running(t, 'nginx', args, `http://127.0.0.1:${port}`);
}

/** Starts Caddy in front of a server, as its own manual has it. Ends with the test. Gives its URL. */
export async function startCaddy(t: Pick<Test, 'teardown'>, server: string, folder: string): Promise<string> {
  const [port] = await freePorts(1);
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'Caddyfile');
  await writeFile(
    config,
    `{\n  admin off\n}\nhttp://127.0.0.1:${port} {\n  reverse_proxy ${new URL(server).host}\n}\n`,
  );
  return running(t, 'caddy', ['run', '--config', config, '--adapter', 'caddyfile'], `http://127.0.0.1:${port}`, {
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  });
}

async function running(
  t: Pick<Test, 'teardown'>,
  program: string,
  args: string[],
  url: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const ready = async (_output: unknown, ended: AbortSignal) => {
    while (!ended.aborted && !(await fetch(`${url}/live`).catch(() => undefined))?.ok)
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const service = await startService(findProgram(program), args, ready, env);
  t.teardown(() => service.stop());
  return url;
}
