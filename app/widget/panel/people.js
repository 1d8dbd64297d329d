// @ts-check
/**
 * People of the shop in the conversation: what they write, under their own name, and who answers now. Nothing here is spoken, and
 * nothing looks like the employee: a shopper must always see whether a person or the AI writes.
 */
import { make, part, say } from "./page.js";

/**
 * @param {{ log: ReturnType<typeof import("./log.js").createLog>, stop: (words: string) => void,
 *   showHolder: (name: string) => void, tell: (type: string, payload: object) => void }} house
 * @returns {(happening: { type: string, [field: string]: any }, isHistory: boolean) => boolean} false for what is not about people
 */
export function createPeople({ log, stop, showHolder, tell }) {
  /** @param {string} words */
  const line = (words) => log.append(make("p", { className: "turn-over" }, words));

  /** @type {Record<string, (happening: any, isHistory: boolean) => void>} */
  const acts = {
    agent: ({ turn, name, text }, isHistory) => {
      const lines = String(text).split("\n").map((one) => make("p", {}, one));
      log.append(make("article", { className: "bubble theirs" }, make("p", { className: "who" }, say("person_from", { person: name })), ...lines));
      if (isHistory) return;
      part("announcer").textContent = `${say("person_from", { person: name })}: ${text}`;
      tell("message", { turn, from: "person", name });
    },
    handover: ({ state, name }, isHistory) => {
      if (state === "held" && !isHistory) stop(say("stopped_for", { person: name }));
      if (state !== "waiting") showHolder(state === "held" ? name : "");
      line(say(`handover_${state}`, { person: name }));
      if (!isHistory) tell("handover", { state, ...(name ? { name } : {}) });
    },
  };
  return (happening, isHistory) => {
    if (!Object.hasOwn(acts, happening.type)) return false;
    acts[happening.type](happening, isHistory);
    return true;
  };
}
