import Type from 'typebox';

/** What is cancelled has stopped within a second or two, unless its worker is gone. */
const CANCEL_WAIT_SECONDS = 10;
const MAX_WAIT_SECONDS = 600;

export const CancelWait = Type.Integer({
  minimum: 0,
  maximum: MAX_WAIT_SECONDS,
  default: CANCEL_WAIT_SECONDS,
  description: 'Seconds to hold the answer until it has stopped',
});
