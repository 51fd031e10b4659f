/** What the projects of the example list are imported as. */
export const MODULES = {
  feedparser: 'feedparser',
  sgmllib3k: 'sgmllib',
  docopt: 'docopt',
  netifaces: 'netifaces',
  pycosat: 'pycosat',
  crcmod: 'crcmod',
  spidev: 'spidev',
  berkeleydb: 'berkeleydb',
  six: 'six',
};
