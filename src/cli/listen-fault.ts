import type { Config } from '../config.ts';
import { WheelmillError } from '../errors.ts';

/** As Node.js throws them; a name that cannot be looked up comes as `hostname`, without a port. */
type SystemError = { code?: string; syscall?: string; address?: string; hostname?: string; port?: number };
type Listeners = Pick<Config, 'host' | 'port' | 'readHost' | 'readPort' | 'metricsHost' | 'metricsPort'>;

/** What is wrong with the settings where a server cannot listen as they say; undefined for any other error. */
export function listenFault(config: Listeners, error: SystemError): WheelmillError | undefined {
  const { code, syscall, address, port, hostname } = error;
  const fault = (message: string) => new WheelmillError('bad-config', message, { cause: error });
  if (code === 'EADDRINUSE')
    return fault(`Port ${port} of ${address} is taken. Set ${settingOf(config, error)}_PORT to another one.`);
  if (code === 'EADDRNOTAVAIL')
    return fault(`This machine has no address ${address}. Set ${settingOf(config, error)}_HOST to one it has.`);
  if (code === 'EACCES' && syscall === 'listen')
    return fault(
      `This user may not listen on port ${port} of ${address}. Set ${settingOf(config, error)}_PORT to one above 1023.`,
    );
  if (syscall === 'getaddrinfo' && [config.host, config.readHost, config.metricsHost].includes(hostname))
    return fault(
      `There is no address of the name ${hostname} (${code}). Set ${settingOf(config, error)}_HOST to an address of this machine.`,
    );
  return undefined;
}

/** Which of the listeners could not be opened. */
function settingOf(config: Listeners, { address, hostname = address, port }: SystemError): string {
  const isOf = (host: string | undefined, itsPort: number) =>
    hostname === host && (port === undefined || port === itsPort);
  if (isOf(config.host, config.port)) return 'WHEELMILL';
  if (isOf(config.readHost, config.readPort)) return 'WHEELMILL_READ';
  return isOf(config.metricsHost, config.metricsPort) ? 'WHEELMILL_METRICS' : 'WHEELMILL';
}
