import { EventEmitter } from 'node:events';

/** What queues tell each other: something changed (for listeners), stop that job (for workers), its answer (for askers). */
export const TOPICS = ['changes', 'cancels', 'replies'] as const;
export type Topic = (typeof TOPICS)[number];

/** Sends short messages to every listener in every process that shares the queue; what nobody hears is lost. */
export interface Bus {
  publish(topic: Topic, message: unknown): Promise<void>;
  listen(topic: Topic, listener: (message: unknown) => void): () => void;
  /** Since when (`performance.now()`) everything that was sent is heard here; Infinity while messages may be lost. */
  hearsSince(): number;
}

/** Calls every listener later, each on its own: one that throws disturbs neither the sender nor the others. */
export function createListeners(): { emit(topic: Topic, message: unknown): void; listen: Bus['listen'] } {
  const listeners = new EventEmitter().setMaxListeners(0);
  return {
    emit(topic, message) {
      for (const listener of listeners.listeners(topic)) setImmediate(() => listener(message));
    },
    listen(topic, listener) {
      listeners.on(topic, listener);
      return () => void listeners.off(topic, listener);
    },
  };
}

/** The bus of a queue that one process has to itself. */
export function createLocalBus(): Bus {
  const { emit, listen } = createListeners();
  return {
    listen,
    hearsSince: () => 0,
    async publish(topic, message) {
      emit(topic, JSON.parse(JSON.stringify(message)));
    },
  };
}
