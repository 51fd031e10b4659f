/** Text of a log without URLs: where this machine takes things from is its own business. */
export const withoutHosts = (text: string): string => text.replace(/\b[a-z+]+:\/\/[^\s'"`)]*[^\s'"`).,:;]/g, '…');
