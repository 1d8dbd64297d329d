// @ts-check
/**
 * What the shop's page may ask of the panel, by message type. Facts and identity go on to the server with the conversation's own
 * pass; what the server refuses is told to the page's developer as an error event, never to the shopper.
 */
import { ServerRefused } from "./desk.js";
import { isLostConnection } from "./stream.js";

/** @typedef {ReturnType<typeof import("./desk.js").createDesk>} Desk */

/**
 * @param {{ desk: Promise<Desk>, ask: (text: string) => void, recite: (sentences: any[]) => void, stop: () => void,
 *   mute: (isMuted: boolean) => void, keep: (isAllowed: boolean) => void, tell: (type: string, payload: object) => void }} house
 * @returns {Record<string, (payload: any) => void>}
 */
export function createPageCalls({ desk, ask, recite, stop, mute, keep, tell }) {
  /** @param {(open: Desk) => Promise<any>} request */
  async function send(request) {
    try {
      return await request(await desk);
    } catch (reason) {
      if (!(reason instanceof ServerRefused) && !isLostConnection(reason)) throw reason;
      tell("error", { title: reason instanceof ServerRefused ? reason.problem.title : "The line is lost.", detail: /** @type {Error} */ (reason).message });
      return null;
    }
  }

  return {
    ask: (text) => { if (typeof text === "string" && text.trim()) ask(text); },
    say: async (text) => {
      const said = await send((open) => open.say(String(text ?? "")));
      if (said) recite(said.sentences);
    },
    interrupt: stop,
    mute: (isMuted) => mute(isMuted === true),
    identify: (token) => { send((open) => open.identify(String(token ?? ""))); },
    context: (facts) => { send((open) => open.tell({ kind: "context", facts: facts ?? {} })); },
    track: (told) => { send((open) => open.tell({ kind: "track", name: String(told?.name ?? ""), facts: told?.facts ?? {} })); },
    consent: (answer) => keep(answer === "granted"),
  };
}
